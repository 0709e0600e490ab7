// Package build makes firmware from C, for either engine, over the headers and the runtime that package csdk embeds: a WebAssembly
// module with clang and wasm-ld (package wasm), or an ELF file for the LX106 with xtensa-lx106-elf-gcc (package elf).
// `emu8266 build` is this package on the command line.
//
//	result, err := build.Build(ctx, build.Options{Sources: []string{"app"}, Output: "app.wasm"})
//
// # Rules
//
//   - A folder is a project in the SDK's usual shape: all C files below it, in folders that do not begin with a dot. The
//     project's folders `include`, the project itself and each folder that holds a C file are searched for headers, in this
//     order and before the SDK's: firmware brings a queue.h or a driver/uart.h of its own.
//   - For WebAssembly, all code is compiled with -flto: firmware calls functions that nobody declared, or declares them in two ways, and
//     only then does the linker bring the types together. What it cannot bring together the engine does, as the chip would
//     (Result.Misfit). The flags are those of wasm-firmware.md 1.
//   - C is taken as the GCC of the SDK takes it: a variable without a value in several files is one; a function may be defined behind a
//     call that says something else; functions with variable arguments may be undeclared; a project may have functions of the names
//     of the C library's and the SDK's, which go before these. A project of an older SDK's time may declare functions of the SDK, or
//     call them, in other ways than our headers do: it is warned, and with WebAssembly its own way counts. Choice: such files are
//     compiled a second time, from changed text.
//   - Pointers that are made of addresses of registers or of the flash work: a file with such a cast marks the image, and the engine looks
//     at each load and store then. Choice: a number of such an address in the same statement, behind the cast.
//   - C++ (.cpp, .cc, .cxx) is compiled without exceptions and RTTI, as of 2014. There is no library of C++ but new and delete.
//   - char is unsigned and size_t is unsigned int, as on the device. ICACHE_FLASH and __ets__ are
//     defined, and SPI_FLASH_SIZE_MAP as 6 where neither the project nor the options define it.
//   - An image for WebAssembly holds no count of its own: package wasm puts the watchdog's in. With Check each load and store is
//     checked, which costs speed and size.
//   - With Test nothing is optimised and each branch has a counter, for the tests of package wasm.
//   - Without clang and wasm-ld on PATH the npm package @yowasp/clang is used, if Node.js and it are there (node_modules of
//     the folder or one above, NODE_PATH, or among the global packages). Deviation: not on Windows.
//   - With SDK the vendor's headers take the place of ours; version.h there tells which SDK it is.
//   - Warnings of the compiler are reported; those of the linker are errors. A variable without a value that has several lengths is warned
//     of: GNU ld says nothing and takes the longest, and so do we. Deviation: a function and such a variable of one name are an error with
//     WebAssembly; GNU ld takes the function.
//   - Headers are found whatever the case of their names, and with backslashes in them (sdk-surface.md, trap 16).
//   - Objects and images are kept by the hash of what they are made of: the preprocessed text, the flags, the compiler with its
//     version, and its text if it is a script. What was made of the same files, with the same names around them, is taken from there
//     without starting a program. Choice: what nobody used for 30 days is deleted.
//   - Objects of the runtime belong to no project: all builds with a cache share them.
//   - What is run, in which order and with which flags, is decided here; a Toolchain only runs it: programs of this machine, the npm
//     package, or what Options bring.
//   - Same compiler, same sources, same folder to build from: the same image, byte for byte. Places in C are told relative
//     to that folder.
//   - For the LX106, the flags are those of the SDK's Makefile (lx106.md 5), lx106.ld says where what lies, and each function of
//     the SDK and of the ROM that the program calls is a label: the emulator stands in for it. No file of the vendor is needed.
//     Functions without ICACHE_FLASH_ATTR lie in the 32 KB of instruction RAM, as on the device; what does not fit is an error
//     of the linker with the number of bytes.
//   - The output is written to another name first; when the build fails the former image stays.
//
// Names such as sdk-surface.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package build
