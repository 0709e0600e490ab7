package project

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// SchemaName is the name of the file with the schema that an editor finds through the first line of a project's file.
const SchemaName = "emu8266.schema.json"

// Text is a project's file for what a folder has turned out to be: each key with what it means, those that say nothing as comments.
func (f Found) Text() string {
	var out strings.Builder
	fmt.Fprintf(&out, "# What emu8266 builds, runs, tests and debugs in this folder: %s.\n", f.What)
	out.WriteString("# Lines that begin with # say nothing; take the # away to use one. Flags of the commands win over this file.\n")
	for _, n := range f.Notes {
		fmt.Fprintf(&out, "# Look: %s.\n", n)
	}
	way := f.Project.way()
	for _, section := range []string{"", "make", "platformio", "network"} {
		given := section == "" || section == way
		if section == "network" {
			given = true
		}
		if section != "" {
			out.WriteString("\n")
			writeComment(&out, help(section))
			fmt.Fprintf(&out, "%s[%s]\n", hash(!given), section)
		}
		for _, k := range keys {
			table, name, ok := strings.Cut(k.name, ".")
			if !ok {
				table, name = "", k.name
			}
			if table != section || fields()[k.name].Type.Kind() == reflect.Pointer &&
				fields()[k.name].Type.Elem().Kind() == reflect.Struct ||
				k.name == "network" {
				continue
			}
			out.WriteString("\n")
			writeComment(&out, k.help)
			value, set := f.Project.literal(k.name)
			fmt.Fprintf(&out, "%s%s = %s\n", hash(!set || !given), name, value)
		}
	}
	return out.String()
}

// way is the key that says what there is to build.
func (p *Project) way() string {
	switch {
	case p.Make != nil:
		return "make"
	case p.PlatformIO != nil:
		return "platformio"
	case p.ELF != "":
		return "elf"
	}
	return "sources"
}

func hash(comment bool) string {
	if comment {
		return "# "
	}
	return ""
}

func help(name string) string {
	for _, k := range keys {
		if k.name == name {
			return k.help
		}
	}
	return ""
}

// width is that of the file's comments. Choice.
const width = 100

// writeComment writes a text as comment lines.
func writeComment(out *strings.Builder, text string) {
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > width {
			out.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	out.WriteString(line + "\n")
}

// samples are values for keys that say nothing.
var samples = map[string]string{
	"name": `"sensor"`, "sources": `["."]`, "elf": `"build/app.elf"`, "include": `["include"]`, "define": `["DEBUG=1"]`, "cflags": `["-Wextra"]`,
	"exclude": `["tools"]`, "engine": `"wasm"`, "sdk_version": `"3.0"`, "sdk": `"../ESP8266_NONOS_SDK"`, "stack": "5120", "check": "true",
	"profile": `"ManualV21"`, "heap": "49152", "flash_map": "6", "flash": `"flash.bin"`, "checks": `"warn"`, "tests": `"test"`,
	"make.folder": `"."`, "make.args": `["COMPILE=gcc"]`, "platformio.env": `"esp12e"`,
	"network.ap": `["home:password"]`, "network.any_ap": "true", "network.dns": `["api.example.com"]`,
	"network.allow": `["broker.example:8883=localhost:8883"]`, "network.hostfwd": `["8443=443"]`, "network.static": `["192.168.1.100"]`,
}

// literal is the value of a key as the file has it; set is false for the sample of one that says nothing.
func (p *Project) literal(name string) (text string, set bool) {
	v := reflect.ValueOf(p).Elem()
	for _, i := range fields()[name].Index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return samples[name], false
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		return fmt.Sprint(v.Elem().Interface()), true
	}
	if v.IsZero() {
		return samples[name], false
	}
	switch v.Kind() {
	case reflect.String:
		return strconv.Quote(v.String()), true
	case reflect.Slice:
		words := make([]string, v.Len())
		for i := range words {
			words[i] = strconv.Quote(v.Index(i).String())
		}
		return "[" + strings.Join(words, ", ") + "]", true
	}
	return fmt.Sprint(v.Interface()), true
}
