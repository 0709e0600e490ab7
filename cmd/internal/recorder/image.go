package recorder

import (
	"os"
	"slices"
	"strings"
)

// imageTool plays the tools that make images for the flash of a program: it makes the files that they would make, which only have to be
// there. What would talk to a device does nothing.
func imageTool(name string, args []string) error {
	var made []string
	switch {
	case strings.HasPrefix(name, "gen_appbin"):
		made = []string{"eagle.app.flash.bin"}
	case slices.Contains(args, "elf2image"):
		at := slices.Index(args, "elf2image")
		program, prefix := "", ""
		for i := at + 1; i < len(args); i++ {
			switch a := args[i]; {
			case a == "-o" || a == "--output":
				if i++; i < len(args) {
					prefix = args[i]
				}
			case a == "-e" || a == "--version" || strings.HasPrefix(a, "--flash_") || a == "-fs" || a == "-ff" || a == "-fm":
				if !strings.Contains(a, "=") {
					i++
				}
			case !strings.HasPrefix(a, "-"):
				program = a
			}
		}
		if prefix == "" {
			prefix = program + "-"
		}
		made = []string{prefix, prefix + "0x00000.bin", prefix + "0x10000.bin"}
		if strings.HasSuffix(prefix, "-") {
			made = made[1:]
		}
	case name == "esptool2": // [OPTIONS] PROGRAM IMAGE SECTIONS
		words := slices.DeleteFunc(slices.Clone(args), func(a string) bool { return strings.HasPrefix(a, "-") })
		if len(words) > 1 {
			made = words[1:2]
		}
	default:
		for i, a := range args {
			switch {
			case a == "-bo" && i+1 < len(args):
				made = append(made, args[i+1])
			case a == "-es" && i+2 < len(args):
				made = append(made, args[i+2])
			}
		}
	}
	for _, m := range made {
		if _, err := os.Stat(m); err == nil {
			continue
		}
		if err := os.WriteFile(m, nil, 0o644); err != nil {
			return err
		}
	}
	return nil
}
