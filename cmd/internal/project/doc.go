// Package project reads a project's file, emu8266.toml, which says once what the commands build, run, test and debug would otherwise be
// told with flags each time, and makes one for a folder.
//
//	p, err := project.Parse("app/emu8266.toml", text)
//
// The package opens no file and prints nothing: commands give it the text, or a folder as an fs.FS.
//
// # Rules
//
//   - A key that does not exist is an error, with the place and the near name. So is a value of another type or out of range.
//   - Paths are relative to the folder of the file, whatever folder the command is started in; methods of Project give them back
//     below that folder.
//   - What there is to build is one of four: sources (the default: the folder itself), the arguments of the project's own make, a
//     platformio.ini, or an ELF file that is there.
//   - An empty file is a project in the SDK's usual shape.
package project
