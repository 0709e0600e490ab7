package repair

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/explain"
)

// TestOffer: the figure goes to the call in C, whatever stands in comments, texts, macros and declarations; where there is not one place
// for it nothing is offered.
func TestOffer(t *testing.T) {
	for name, tc := range map[string]struct {
		source, want string // "" if nothing is offered
		line         int
	}{
		"a number": {"void f(void)\n{\n\tespconn_secure_set_size(1, 2048);\n}\n",
			"void f(void)\n{\n\tespconn_secure_set_size(1, 5000);\n}\n", 3},
		"a macro, and text that looks like the call": {
			"#define SIZE 2048 // espconn_secure_set_size(1, SIZE)\nbool espconn_secure_set_size(uint8 l, uint16 s);\n" +
				"/* espconn_secure_set_size(1, 2) */\nvoid f(void)\n{\n\tprintf(\"espconn_secure_set_size(1, 3)\\\"\");\n" +
				"\tif (!espconn_secure_set_size ( level('(', 2) , (uint16)(SIZE) ))\n\t\treturn;\n}\n",
			"#define SIZE 2048 // espconn_secure_set_size(1, SIZE)\nbool espconn_secure_set_size(uint8 l, uint16 s);\n" +
				"/* espconn_secure_set_size(1, 2) */\nvoid f(void)\n{\n\tprintf(\"espconn_secure_set_size(1, 3)\\\"\");\n" +
				"\tif (!espconn_secure_set_size ( level('(', 2) , 5000 ))\n\t\treturn;\n}\n", 7},
		"two calls": {"void f(void)\n{\n\tespconn_secure_set_size(1, 1);\n\tespconn_secure_set_size(2, 2);\n}\n", "", 0},
		"no call": {"void f(void)\n{\n\tint r;\n\n\tr = espconn_secure_connect(&c);\n}\n",
			"void f(void)\n{\n\tint r;\n\n\tespconn_secure_set_size(ESPCONN_CLIENT, 5000);\n\tr = espconn_secure_connect(&c);\n}\n", 5},
		"no call, a server": {"void f(void)\n{ espconn_secure_accept(&c); }\n",
			"void f(void)\n{ espconn_secure_set_size(ESPCONN_SERVER, 5000);\nespconn_secure_accept(&c); }\n", 2},
		"no call, under a condition":      {"void f(void)\n{\n\tif (x)\n\t\tespconn_secure_connect(&c);\n}\n", "", 0},
		"no call, in a loop's head":       {"void f(void)\n{\n\tfor (i = 0; espconn_secure_connect(&c); i++) {\n\t}\n}\n", "", 0},
		"no call, both client and server": {"void f(void)\n{\n\tespconn_secure_connect(&c);\n\tespconn_secure_accept(&c);\n}\n", "", 0},
		"a call that does not end":        {"void f(void)\n{\n\tespconn_secure_set_size(1, 2048;\n", "", 0},
		"nothing":                         {"", "", 0},
		"an open comment":                 {"/* espconn_secure_set_size(1, 2)", "", 0},
		"an open text":                    {"\"espconn_secure_set_size(1, 2)\\", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			r, ok := Offer(explain.Explanation{LeastSize: 5000}, tc.source)
			assert.Equal(t, tc.want != "", ok)
			assert.Equal(t, tc.want, r.Source)
			assert.Equal(t, tc.line, r.Line)
		})
	}
	_, ok := Offer(explain.Explanation{}, "void f(void)\n{\n\tespconn_secure_set_size(1, 2048);\n}\n")
	assert.False(t, ok)
}

// FuzzOffer: whatever the source, there is no panic, and a change is in the text that it says.
func FuzzOffer(f *testing.F) {
	f.Add("void f(void)\n{\n\tespconn_secure_set_size(1, 2048);\n}\n")
	f.Add("{ espconn_secure_connect(&c); }")
	f.Add("#\\\r\n\"\\")
	f.Fuzz(func(t *testing.T, source string) {
		if r, ok := Offer(explain.Explanation{LeastSize: 4096}, source); ok {
			assert.Contains(t, r.Source, "4096")
			assert.NotEmpty(t, r.New)
		}
	})
}
