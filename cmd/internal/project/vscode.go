package project

import "encoding/json"

// Patterns of what the commands print about a place in C, as problem matchers of Visual Studio Code have them. The groups of each are
// the file, the line and the message.
const (
	CrashPattern   = `^crash after [^:]+: (?:exception [0-9]+|soft watchdog|hardware watchdog|no return) at (.+?):([0-9]+): (.*)$`
	FindingPattern = `^emu8266: ([^ :]+):([0-9]+): ([a-z][a-z0-9-]+: .*)$`
	TestPattern    = `^ {6}([^ :]+):([0-9]+): (.*)$`
)

// SDKFolder is where the headers for the editor are, in the project.
const SDKFolder = ".vscode/emu8266-sdk"

// VSCode are the files of Visual Studio Code for a project, by their paths in it: tasks with matchers for problems, the debugger with
// the small extension that tells how it is started, the coverage of tests, and the schema of the project's file.
func VSCode(p *Project) map[string][]byte {
	type object = map[string]any
	matcher := func(name, severity, pattern string) object {
		return object{"owner": "emu8266-" + name, "source": "emu8266", "severity": severity,
			"fileLocation": []string{"autoDetect", "${workspaceFolder}"},
			"pattern":      object{"regexp": pattern, "file": 1, "line": 2, "message": 3}}
	}
	matchers := []any{"$gcc", matcher("crash", "error", CrashPattern), matcher("finding", "warning", FindingPattern)}
	task := func(label, group string, matchers []any, args ...string) object {
		t := object{"label": label, "type": "process", "command": "emu8266", "args": args, "problemMatcher": matchers,
			"presentation": object{"clear": true, "showReuseMessage": false}, "options": object{"cwd": "${workspaceFolder}"}}
		if group != "" {
			t["group"] = object{"kind": group, "isDefault": true}
		}
		return t
	}
	build, program := "emu8266: build for the debugger", "${workspaceFolder}/"+p.ImageName("lx106")
	launch := object{"type": "emu8266", "request": "launch", "name": "emu8266", "program": program, "cwd": "${workspaceFolder}",
		"preLaunchTask": build}
	tasks := []any{
		task("emu8266: build", "build", []any{"$gcc"}, "build"),
		task("emu8266: run", "", matchers, "run", "--timeout", "0"),
		task("emu8266: test", "test", append(matchers, matcher("test", "error", TestPattern)), "test", "--cover", "coverage.lcov"),
		task(build, "", []any{"$gcc"}, "build", "--engine", "lx106", "--test"),
	}
	if p.ELF != "" { // another tool makes it
		launch["program"] = "${workspaceFolder}/" + p.ELF
		delete(launch, "preLaunchTask")
		tasks = []any{task("emu8266: run", "build", matchers, "run", "--timeout", "0")}
	}
	files := map[string]any{
		".vscode/tasks.json":  object{"version": "2.0.0", "tasks": tasks},
		".vscode/launch.json": object{"version": "0.2.0", "configurations": []any{launch}},
		".vscode/settings.json": object{
			"coverage-gutters.coverageFileNames": []string{"coverage.lcov"},
			"clangd.arguments":                   []string{"--compile-commands-dir=${workspaceFolder}/.vscode"},
			"C_Cpp.intelliSenseEngine":           "disabled",
		},
		".vscode/extensions.json": object{"recommendations": []string{"llvm-vs-code-extensions.vscode-clangd",
			"ryanluker.vscode-coverage-gutters", "tamasfe.even-better-toml"}},
		".vscode/extensions/emu8266/package.json": object{"name": "emu8266", "publisher": "local", "version": "1.0.0",
			"engines": object{"vscode": "^1.89.0"}, "contributes": object{
				"breakpoints": []any{object{"language": "c"}, object{"language": "cpp"}},
				"debuggers": []any{object{"type": "emu8266", "label": "ESP8266 emulator", "languages": []string{"c", "cpp"},
					"program": "emu8266", "args": []string{"debug"}}}}},
	}
	out := map[string][]byte{".vscode/" + SchemaName: Schema()}
	for name, v := range files {
		b, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			panic(err) // maps of texts
		}
		out[name] = append(b, '\n')
	}
	return out
}
