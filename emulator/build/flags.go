package build

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// common are the flags of everything (wasm-firmware.md 1).
func (b *builder) common() []string {
	flags := []string{
		"--target=wasm32-unknown-unknown", "-std=gnu99", "-flto", "-Wall", "-Qn",
		"-fno-builtin", "-funsigned-char", "-mmutable-globals",
		"-mnontrapping-fptoint", // an instruction for each conversion of a float, in whose place the emulator puts the chip's
		"-U__SIZE_TYPE__", "-D__SIZE_TYPE__=unsigned", "-U__PTRDIFF_TYPE__", "-D__PTRDIFF_TYPE__=int",
		"-Wno-builtin-macro-redefined", // the chip's types (wasm-firmware.md 1)
		"-Wno-incompatible-library-redeclaration", "-Wno-cast-function-type", "-Wno-infinite-recursion",
		"-Wno-error=format", // clang warns of more than GCC: formatsOfGCC
		// GCC of that time says nothing of these, or warns.
		"-Wno-shift-negative-value", "-Wno-error=return-type", "-Wno-pointer-sign",
		"-fno-delete-null-pointer-checks", // a call through NULL is found where it is
		"-DICACHE_FLASH", "-D__ets__", "-DEMU8266_SDK=" + versions[b.Version],
	}
	if _, major := b.tools.Version(); major >= 16 { // later compilers take for errors what firmware has always done
		flags = append(flags, "-Wno-error=implicit-function-declaration", "-Wno-error=int-conversion",
			"-Wno-error=incompatible-function-pointer-types", "-Wno-error=implicit-int")
	}
	return flags
}

// prefixes leave no path of this machine in an image. Later entries win where both match; an older clang takes the first that matches.
func (b *builder) prefixes() []string {
	return []string{
		"-ffile-prefix-map=" + b.Dir + "=.", "-ffile-prefix-map=" + b.cache.sdk + "=sdk", "-ffile-prefix-map=" + b.shims + "=sdk",
	}
}

// firmwareFlags are those of one of the firmware's files.
func (b *builder) firmwareFlags(f File) []string {
	flags := slices.Concat(b.common(), b.prefixes(), []string{"-g", "-gdwarf-4"})
	if b.Test { // all as it was written; a counter for each branch
		flags = append(flags, "-O0", "-fsanitize-coverage=trace-pc-guard,no-prune")
	} else {
		flags = append(flags, "-Os")
	}
	if b.Check {
		flags = append(flags, "-fstack-protector-strong",
			"-Xclang", "-fsanitize=kernel-address", "-Xclang", "-fsanitize-recover=kernel-address",
			"-mllvm", "-asan-instrumentation-with-call-threshold=0", "-mllvm", "-asan-stack=0", "-mllvm", "-asan-globals=0")
	}
	if isCpp(f.Source) {
		flags = inCpp(flags)
	}
	return slices.Concat(flags, b.searched(f), b.CFlags, f.Flags)
}

// inCpp are flags for a file in C++. Choice: C++ of 2014. size_t is WebAssembly's there, whose name operator new has in it.
func inCpp(flags []string) []string {
	flags = slices.DeleteFunc(flags, func(f string) bool {
		return strings.HasPrefix(f, "-std=") || strings.Contains(f, "_TYPE__") || strings.Contains(f, "implicit-") ||
			strings.HasPrefix(f, "-Wno-error=in") || f == "-Wno-builtin-macro-redefined" || f == "-Wno-pointer-sign"
	})
	return append(flags, "-std=gnu++14", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-Wno-write-strings")
}

// sizeMapDefault is SPI_FLASH_SIZE_MAP where neither the project nor the options say it: 4 MB as 1024+1024 KB, the map of the flash that
// a device has without another one.
const sizeMapDefault = "6"

// searched are the macros of the options and of a file, and the folders that are searched for headers.
func (b *builder) searched(f File) (flags []string) {
	for _, d := range slices.Concat(f.Defines, b.Defines) {
		flags = append(flags, "-D"+d)
	}
	said := slices.Concat(f.Defines, b.Defines, b.CFlags, f.Flags)
	if !b.mapped && !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, "SPI_FLASH_SIZE_MAP") }) {
		flags = append(flags, "-DSPI_FLASH_SIZE_MAP="+sizeMapDefault)
	}
	for _, i := range slices.Concat(b.Includes, f.Includes) {
		flags = append(flags, "-I"+b.abs(i))
	}
	for _, i := range b.project.includes {
		flags = append(flags, "-I"+i)
	}
	for _, i := range b.sdkFolders() {
		flags = append(flags, "-I"+i)
	}
	return append(flags, "-I"+filepath.Join(b.cache.sdk, "libc"), "-I"+b.shims)
}

// sdkFolders are the folders with the SDK's headers: ours, or the vendor's.
func (b *builder) sdkFolders() []string {
	if b.SDK == "" {
		return []string{filepath.Join(b.cache.sdk, "include")}
	}
	var folders []string
	for _, f := range []string{"include", "driver_lib/include", "third_party/include"} {
		if isDir(filepath.Join(b.SDK, f)) {
			folders = append(folders, filepath.Join(b.SDK, f))
		}
	}
	return folders
}

// runtimeFlags are those of the runtime. It has no debug information, so that it never shows up as firmware.
func (b *builder) runtimeFlags(lto bool) []string {
	flags := append(b.common(), "-Os", "-g0", "-ffile-prefix-map="+b.cache.sdk+"=sdk",
		"-UEMU8266_SDK", "-DEMU8266_SDK="+versions[VersionDefault], "-DEMU8266_FIRMWARE_SDK="+versions[b.Version],
		"-I"+filepath.Join(b.cache.sdk, "include"), "-I"+filepath.Join(b.cache.sdk, "libc"))
	if !lto {
		flags = append(flags, "-fno-lto") // rt/check.c says why
	}
	return flags
}

// stackDefault and testStack are the stack of an image in bytes. With tests, which are not optimised, each variable has a place there.
// Choice: the chip's, and three times that. nullPage lies below (package wasm).
const (
	stackDefault = 4096
	testStack    = 3 * 4096
	nullPage     = 1024
)

func (b *builder) linkFlags() []string {
	stack, level := uint32(stackDefault), "--lto-O2"
	if b.Test {
		stack, level = testStack, "--lto-O0"
	}
	if b.Stack != 0 {
		stack = b.Stack
	}
	return []string{"--no-entry", "--error-limit=0", "--import-undefined", "--fatal-warnings", "--export-table", level,
		"--stack-first", "-z", fmt.Sprintf("stack-size=%d", stack+nullPage),
		"--export=__heap_base", "--export=__data_end", "--export=__wasm_call_ctors",
		"--export-if-defined=__stack_pointer", "--export-if-defined=user_init", "--export-if-defined=user_pre_init",
		"--export-if-defined=user_rf_pre_init", "--export-if-defined=user_rf_cal_sector_set",
		// What libssl of the manual V1.0's time takes from the firmware's image: the arrays of cert.h and private_key.h.
		"--export-if-defined=default_certificate", "--export-if-defined=default_certificate_len",
		"--export-if-defined=default_private_key", "--export-if-defined=default_private_key_len"}
}
