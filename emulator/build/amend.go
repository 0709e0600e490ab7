package build

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What GCC takes and clang does not, in a file that clang has refused: a function that is called first and defined later with other
// types than such a call declares. GCC warns. What an older SDK's headers take and ours do not, since they declare more: a function of the
// SDK that the project declares or calls in its own way. And what both take, but only the chip's calling convention does not mind: a
// function with variable arguments that nobody has declared.
var (
	compilerError = regexp.MustCompile(`(?m)^(.+):(\d+):\d+: error: (.*)$`)
	misdeclared   = regexp.MustCompile(`^(?:conflicting types for|static declaration of) '(\w+)'`)
	misfitCall    = regexp.MustCompile(`^too (?:few|many) arguments to function call`)
	earlier       = regexp.MustCompile(`(?m)^(.+):\d+:\d+: note: (?:previous (?:(implicit) )?declaration is here|'(\w+)' declared here)`)
	ourHeader     = regexp.MustCompile(`(?:^|[/\\])sdk-\w+[/\\]include[/\\]`)
	undeclared    = regexp.MustCompile(`warning: (?:implicit declaration of function|call to undeclared function|` +
		`implicitly declaring library function) '(\w+)'`)
)

// variadic are the functions with variable arguments that firmware calls without a declaration.
var variadic = map[string]string{
	"printf": "const char *", "os_printf_plus": "const char *", "ets_printf": "const char *", "ets_uart_printf": "const char *",
	"sprintf": "char *, const char *", "ets_sprintf": "char *, const char *",
	"snprintf": "char *, unsigned, const char *", "ets_snprintf": "char *, unsigned, const char *",
}

// amendMax bounds how often a file is amended. Choice: each time mends all that the compiler has told.
const amendMax = 8

// amended compiles a file that the compiler has something against, or has warned of, from its preprocessed text. said is what the
// compiler said of the file itself. ok is false if there is nothing to amend.
func (b *builder) amended(ctx context.Context, u unit, text []byte, said, object string) (warnings string, ok bool, err error) {
	var declarations []string
	for _, m := range undeclared.FindAllStringSubmatch(said, -1) {
		if types := variadic[m[1]]; types != "" {
			declarations = append(declarations, fmt.Sprintf("int %s(%s, ...);", m[1], types))
		}
	}
	slices.Sort(declarations)
	declarations = slices.Compact(declarations)
	all := said
	for round := 0; ; round++ {
		more := false
		for name, at := range conflicts(said) {
			as := fmt.Sprintf("%s%d_%s", declaredBefore, round, name)
			if text, ok = renamed(text, name, as, at); ok {
				more = true
				declarations = append(declarations, "#pragma redefine_extname "+as+" "+name)
			}
		}
		if !more && (round > 0 || len(declarations) == 0) || round == amendMax {
			return all, round > 0, fmt.Errorf("%s", said)
		}
		source := object + ".i"
		prelude := fmt.Sprintf("# 1 \"sdk/undeclared.h\" 1 3\n%s\n", strings.Join(declarations, "\n"))
		if err := writeFile(source, append([]byte(prelude), text...)); err != nil {
			return "", true, err
		}
		args := slices.Concat(u.args, []string{"-Qunused-arguments", "-x", "cpp-output", "-c", source, "-o", object})
		_, now, err := b.run(ctx, Command{Tool: b.compiler(), Dir: b.Dir, Args: args, Inputs: []string{source}, Output: object})
		if e := remove(source); e != nil {
			return "", true, e
		}
		if err == nil {
			return warned(all), true, nil
		}
		said = now
	}
}

// declaredBefore begins the name under which a function is declared and called before its other declaration. The round follows: there may
// be a third.
const declaredBefore = "esp_before_"

// warned are the compiler's words with its errors made warnings: the file was compiled in the end.
func warned(said string) string {
	said = strings.ReplaceAll(said, ": error: ", ": warning: ")
	return regexp.MustCompile(`(?m)^.*errors? generated\.\n`).ReplaceAllString(said, "")
}

// place is a line of a file.
type place struct {
	file string
	line int
}

// conflicts are the functions that are declared in two ways, or called in another way than they are declared, with the place of the
// latter: where the former is a call, or where one of the declarations is in our headers.
func conflicts(said string) map[string]place {
	all := map[string]place{}
	errs := compilerError.FindAllStringSubmatchIndex(said, -1)
	for i, m := range errs {
		file, words, rest := said[m[2]:m[3]], said[m[6]:m[7]], said[m[1]:]
		if i+1 < len(errs) {
			rest = said[m[1]:errs[i+1][0]]
		}
		note := earlier.FindStringSubmatch(rest)
		if note == nil {
			continue
		}
		name := ""
		if named := misdeclared.FindStringSubmatch(words); named != nil {
			name = named[1]
		} else if misfitCall.MatchString(words) {
			name = note[3]
		}
		line, err := strconv.Atoi(said[m[4]:m[5]])
		ours := ourHeader.MatchString(file) || ourHeader.MatchString(note[1])
		if _, ok := all[name]; ok || name == "" || strings.HasPrefix(name, declaredBefore) || err != nil || note[2] == "" && !ours {
			continue
		}
		all[name] = place{file, line}
	}
	return all
}

// token is what renamed looks at: a line marker, a text or character, a name.
var token = regexp.MustCompile(`(?m)^# (\d+) ("(?:[^"\\\n]|\\.)*").*$|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[A-Za-z_]\w*|\n`)

// renamed gives a function another name in preprocessed text, up to the place where it is declared. ok is false if it is nowhere before it.
func renamed(text []byte, name, as string, until place) (out []byte, ok bool) {
	at := place{}
	var b bytes.Buffer
	last := 0
	for _, m := range token.FindAllSubmatchIndex(text, -1) {
		t := text[m[0]:m[1]]
		switch {
		case m[2] >= 0: // the newline behind the marker counts
			line, _ := strconv.Atoi(string(text[m[2]:m[3]]))
			file, _ := strconv.Unquote(string(text[m[4]:m[5]]))
			at = place{file, line - 1}
		case string(t) == "\n":
			at.line++
		case at == until:
			b.Write(text[last:])
			return b.Bytes(), ok
		case string(t) == name:
			ok = true
			b.Write(text[last:m[0]])
			b.WriteString(as)
			last = m[1]
		}
	}
	return text, false
}

// sdkDeclares is what GCC says of a project that declares functions of the SDK in the way of another SDK. For WebAssembly such a project is
// amended.
var sdkDeclares = regexp.MustCompile(`error: conflicting types for '\w+'.*(?:\n.*){0,4}\n` +
	`(?:.*[/\\])?sdk-\w+[/\\]include[/\\].*: note: previous declaration |` +
	`[/\\]sdk-\w+[/\\]include[/\\].*: error: conflicting types for `)

// caEnable is what the compilers say of a project that declares espconn_secure_ca_enable in another way than our headers. The SSL manual
// V1.0 (4.2) prints its sector with 16 bits.
const (
	caEnable  = "conflicting types for 'espconn_secure_ca_enable'"
	v10Sector = "EMU8266_SSL_V10"
)

// advice is what to do about what the compiler has against declarations, "" for nothing.
func (b *builder) advice(said string) string {
	switch {
	case b.SDK != "":
		return ""
	case strings.Contains(said, caEnable) && !slices.Contains(b.Defines, v10Sector):
		return "emu8266: espconn_secure_ca_enable has a sector of 32 bits here; -D " + v10Sector +
			" gives it the 16 bits of the SSL manual V1.0\n"
	case b.Version != "2.0" && sdkDeclares.MatchString(said):
		return "emu8266: the project declares functions of the SDK by itself, in the way of an older SDK: try --sdk-version 2.0\n"
	}
	return ""
}
