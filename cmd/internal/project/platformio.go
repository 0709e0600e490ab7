package project

import (
	"fmt"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
)

// INI is a platformio.ini: the texts of its sections' options.
type INI map[string]map[string]string

// ParseINI reads a platformio.ini. name stands in errors.
func ParseINI(name string, text []byte) (INI, error) {
	ini := INI{}
	section, option := "", ""
	for n, line := range strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == ';' || trimmed[0] == '#':
		case trimmed[0] == '[' && strings.HasSuffix(trimmed, "]"):
			section, option = strings.TrimSpace(trimmed[1:len(trimmed)-1]), ""
			if ini[section] == nil {
				ini[section] = map[string]string{}
			}
		case section == "":
			return nil, fmt.Errorf("%s:%d: a section such as [env:esp12e] comes first", name, n+1)
		case line[0] == ' ' || line[0] == '\t': // what goes on
			if option == "" {
				return nil, fmt.Errorf("%s:%d: nothing goes on here: begin the line with an option", name, n+1)
			}
			ini[section][option] += "\n" + comment().ReplaceAllString(trimmed, "")
		default:
			key, value, ok := strings.Cut(trimmed, "=")
			if !ok {
				return nil, fmt.Errorf("%s:%d: %q: OPTION = VALUE is wanted", name, n+1, trimmed)
			}
			option = strings.TrimSpace(key)
			ini[section][option] = comment().ReplaceAllString(strings.TrimSpace(value), "")
		}
	}
	return ini, nil
}

// comment is the rest of a line behind its value.
var comment = lazyregexp.New(`\s+;.*$`)

// Envs are the names of the environments, sorted.
func (ini INI) Envs() (names []string) {
	for s := range ini {
		if name, ok := strings.CutPrefix(s, "env:"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Env chooses an environment: the one of a name, or for "" the first of default_envs, or the first of the file's sorted names.
func (ini INI) Env(name string) (string, error) {
	envs := ini.Envs()
	if len(envs) == 0 {
		return "", fmt.Errorf("there is no environment: a section such as [env:esp12e]")
	}
	if name == "" {
		if list := strings.FieldsFunc(ini.Get("platformio", "default_envs"), separator); len(list) > 0 {
			name = list[0]
		} else {
			return envs[0], nil
		}
	}
	if !slices.Contains(envs, name) {
		return "", fmt.Errorf("there is no environment %q: one of %s", name, strings.Join(envs, ", "))
	}
	return name, nil
}

func separator(r rune) bool { return r == ',' || r == '\n' || r == ' ' || r == '\t' }

// reference is ${section.option} in a value.
var reference = lazyregexp.New(`\$\{([^}]+)\.([^}.]+)\}`)

// depthMax bounds how far values refer to each other. Choice.
const depthMax = 10

// Get is an option of a section, with what it refers to and, for an environment, what it extends or [env] gives it. Environment variables
// (sysenv) are empty.
func (ini INI) Get(section, option string) string { return ini.get(section, option, 0) }

func (ini INI) get(section, option string, depth int) string {
	if depth > depthMax {
		return ""
	}
	value, ok := ini[section][option]
	if !ok {
		for _, parent := range strings.FieldsFunc(ini[section]["extends"], separator) {
			if v := ini.get(parent, option, depth+1); v != "" {
				return v
			}
		}
		if strings.HasPrefix(section, "env:") {
			return ini.get("env", option, depth+1)
		}
	}
	return reference().ReplaceAllStringFunc(value, func(r string) string {
		m := reference().FindStringSubmatch(r)
		from := m[1]
		if from == "this" {
			from = section
		}
		return ini.get(from, m[2], depth+1)
	})
}

// PIO is what an environment of a platformio.ini says of a build. Folders are relative to its own.
type PIO struct {
	Env       string
	Framework string   // "esp8266-nonos-sdk" is what can be built
	Sources   string   // folder
	Includes  string   // folder
	Libraries []string // folders with a library in each of their folders
	Defines   []string
	Folders   []string // of -I
	Flags     []string // others that a compiler of C takes: -include, -U, -std, -W
	FlashMap  int      // -1: not known
}

// boardFlash are flash sizes of boards in bytes, for those that PlatformIO names most. Choice.
var boardFlash = map[string]int{"esp01": 512 << 10, "esp01_1m": 1 << 20, "esp07": 1 << 20, "esp07s": 4 << 20, "esp12e": 4 << 20,
	"esp8285": 1 << 20,
	"nodemcu": 4 << 20, "nodemcuv2": 4 << 20, "d1": 4 << 20, "d1_mini": 4 << 20, "d1_mini_lite": 1 << 20, "d1_mini_pro": 16 << 20,
	"huzzah": 4 << 20,
	"thing":  512 << 10, "thingdev": 512 << 10, "esp210": 4 << 20, "espduino": 4 << 20, "espino": 4 << 20, "modwifi": 2 << 20,
	"phoenix_v1": 1 << 20,
	"phoenix_v2": 1 << 20, "sonoff_basic": 1 << 20, "wifinfo": 1 << 20}

// script is the name of a linker script, which tells the flash's size.
var script = lazyregexp.New(`\.flash\.(\d+)(k|m)|eagle\.app\.v6\.(?:new|old)\.(\d+)`)

// flashMaps are the maps of sizes in bytes. Choice: those for two images with the smallest slots, which firmware for 4 MB mostly has.
var flashMaps = map[int]int{256 << 10: 1, 512 << 10: 0, 1 << 20: 2, 2 << 20: 3, 4 << 20: 4, 8 << 20: 8, 16 << 20: 9}

// LibDeps is the folder in which PlatformIO keeps the libraries that it has fetched, a folder for each environment.
func (ini INI) LibDeps() string {
	workspace := or(ini.Get("platformio", "workspace_dir"), Workspace)
	text := workspaceDir().ReplaceAllLiteralString(ini["platformio"]["libdeps_dir"], workspace)
	return or(INI{"platformio": {"libdeps_dir": text}}.Get("platformio", "libdeps_dir"), workspace+"/libdeps")
}

// Workspace is where PlatformIO keeps what it fetches and makes, if its file does not say.
const Workspace = ".pio"

// workspaceDir refers to that folder.
var workspaceDir = lazyregexp.New(`\$\{platformio\.workspace_dir\}`)

// PlatformIOBuild takes what an environment says, "" for the default one.
func (ini INI) PlatformIOBuild(env string) (p PIO, err error) {
	if p.Env, err = ini.Env(env); err != nil {
		return p, err
	}
	section := "env:" + p.Env
	p.Framework = ini.Get(section, "framework")
	p.Sources, p.Includes = or(ini.Get("platformio", "src_dir"), "src"), or(ini.Get("platformio", "include_dir"), "include")
	p.Libraries = append([]string{or(ini.Get("platformio", "lib_dir"), "lib")}, strings.FieldsFunc(ini.Get(section, "lib_extra_dirs"),
		separator)...)
	words, err := split(ini.Get(section, "build_flags") + "\n" + ini.Get(section, "build_src_flags"))
	if err != nil {
		return p, fmt.Errorf("build_flags of %s: %w", p.Env, err)
	}
	for i := 0; i < len(words); i++ {
		w := words[i]
		value := func(flag string) string {
			if rest := strings.TrimPrefix(w, flag); rest != "" {
				return rest
			}
			if i++; i < len(words) {
				return words[i]
			}
			return ""
		}
		switch {
		case strings.HasPrefix(w, "-D"):
			p.Defines = append(p.Defines, value("-D"))
		case strings.HasPrefix(w, "-I"):
			p.Folders = append(p.Folders, value("-I"))
		case w == "-include":
			p.Flags = append(p.Flags, w, value(w))
		case strings.HasPrefix(w, "-U"):
			p.Flags = append(p.Flags, "-U"+value("-U"))
		case strings.HasPrefix(w, "-std="), strings.HasPrefix(w, "-W") && !strings.HasPrefix(w, "-Wl,"), w == "-w":
			p.Flags = append(p.Flags, w)
		}
	}
	p.FlashMap = -1
	size, ok := boardFlash[ini.Get(section, "board")]
	if m := script().FindStringSubmatch(ini.Get(section, "board_build.ldscript")); m != nil {
		n := 0
		fmt.Sscan(or(m[1], m[3]), &n)
		size, ok = n<<10, true
		if m[2] == "m" {
			size = n << 20
		}
	}
	if number, known := flashMaps[size]; ok && known {
		p.FlashMap = number
	}
	return p, nil
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// split takes a line of flags apart as a shell does: blanks outside quotes separate, quotes and backslashes go away.
func split(text string) (words []string, err error) {
	var word strings.Builder
	inside, quote, escaped := false, rune(0), false
	for _, r := range text {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, inside = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, inside = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if inside {
				words, inside = append(words, word.String()), false
				word.Reset()
			}
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a %c is not closed", quote)
	}
	if inside {
		words = append(words, word.String())
	}
	return words, nil
}
