package cabi_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// What os_sprintf makes of a format, each line measured on the libraries of SDK 2.2.1 and 3.0.6 (sdk-surface.md, os_sprintf).
func TestFormatBuffer(t *testing.T) {
	boot(t, emulator.Config{NoAutoConnect: true}, cabi.Program{}, func(g *fake) {
		p := g.space(64)
		for _, tc := range []struct {
			format string
			args   []any
			want   string
		}{
			{"%s|", []any{0}, "<NULL>|"}, {"%8s|", []any{0}, "  <NULL>|"}, {"%-8s|", []any{0}, "<NULL>  |"},
			{"%o|", []any{64}, "40|"}, {"%ho|", []any{-1}, "ffff|"}, {"%hd|", []any{40000}, "-25536|"}, {"%hi|", []any{-70000}, "-4464|"},
			{"%hx|", []any{0x12345}, "2345|"}, {"%hu|", []any{2147483647}, "65535|"}, {"%X|", []any{0xABCDEF}, "ABCDEF|"},
			{"%p|", []any{0x123}, "00000123|"}, {"%5p|", []any{0x123}, "  123|"}, {"%05p|", []any{0x123}, "00123|"},
			{"%-12p|", []any{0x123}, "123         |"}, {"%#-0lp|", []any{0}, "0       |"},
			{"%-5c|", []any{'A'}, "A    |"}, {"%5c|", []any{'A'}, "    A|"}, {"%*c|", []any{-6, '0'}, "0     |"},
			{"%-05d|", []any{42}, "42   |"}, {"%+d|", []any{5}, "+5|"}, {"% d|", []any{5}, " 5|"}, {"%+ d|", []any{-5}, "-5|"},
			{"%+5d|", []any{5}, "   +5|"}, {"%+05d|", []any{5}, "+0005|"}, {"% 05d|", []any{5}, " 0005|"}, {"%-+5d|", []any{5}, "+5   |"},
			{"%+u|", []any{5}, "5|"}, {"%#x|", []any{255}, "ff|"}, {"%*d|", []any{-6, 5}, "5     |"}, {"%0*d|", []any{6, -5}, "-00005|"},
			{"%5%|", nil, "%|"}, {"abc%", nil, "abc%"}, {"%5", nil, "%"}, {"%ld %lu|", []any{-5, -5}, "-5 4294967291|"},
			{"%llx|", []any{5}, "%lx|"}, {"%Lx|", []any{5}, "%Lx|"}, {"%hhi|", []any{5}, "%hi|"}, {"%n%q|", []any{5}, "%n%q|"},
			{"%2$d|", []any{1, 2}, "%$d|"}, {"%08lX|", []any{0xBEEF}, "0000BEEF|"}, {"%i|", []any{-2147483648}, "-2147483648|"},
			{"%5.1d|%d", []any{3}, "%.1d|3"}, {"%.2s|%s", []any{"long"}, "%.2s|long"}, {"%.*s|%d", []any{2}, "%.*s|2"},
			{"%1d|", []any{12345}, "12345|"}, {"%f %d", []any{7}, "%f 7"}, {"%lld|%d", []any{7}, "%ld|7"},
		} {
			assert.EqualValues(t, len(tc.want), g.call("ets_sprintf", append([]any{p, tc.format}, tc.args...)...), tc.format)
			assert.Equal(t, tc.want, g.text(p), tc.format)
			for size, want := range map[uint32]string{0: tc.want, 1: "", 3: tc.want[:min(len(tc.want), 2)], 64: tc.want} {
				g.call("ets_sprintf", p, strings.Repeat("#", 60))
				n := g.call("ets_snprintf", append([]any{p, size, tc.format}, tc.args...)...)
				assert.EqualValues(t, len(tc.want), n, tc.format)
				assert.Equal(t, want, g.text(p), "%s in %d", tc.format, size)
			}
		}
	}, func(*emulator.Device, *fake) {})
}

// A directive of C that the formatter does not know is found; what C does not know either is text.
func TestUnknownFormat(t *testing.T) {
	for _, tc := range []struct{ function, format, want string }{
		{"ets_sprintf", "%.2s %d", "%.2s in a format of os_sprintf"}, {"ets_snprintf", "%-5.*d", "%-5.*d in a format of os_sprintf"},
		{"ets_sprintf", "at %lld ms", "%lld in a format of os_sprintf"}, {"ets_sprintf", "%5.1f", "%5.1f in a format of os_sprintf"},
		{"os_printf_plus", "%.2f V", "%.2f in a format of os_printf"}, {"ets_sprintf", "100%. %", ""}, {"ets_sprintf", "%d%% %*d", ""},
		{"os_printf_plus", "%.2s %5.3d", ""},
	} {
		boot(t, emulator.Config{NoAutoConnect: true}, cabi.Program{}, func(g *fake) {
			p := g.space(64)
			args := map[string][]any{"ets_sprintf": {p}, "ets_snprintf": {p, 64}}[tc.function]
			g.call(tc.function, append(args, tc.format, 0, 0, 0, 0)...)
		}, func(d *emulator.Device, _ *fake) {
			var found []string
			for _, e := range d.Trace().Events() {
				if e.Kind == trace.KindFinding && e.Name == espconn.RuleFormat {
					found = append(found, e.Text)
				}
			}
			if tc.want == "" {
				assert.Empty(t, found, tc.format)
				return
			}
			require.Len(t, found, 1, tc.format)
			assert.Contains(t, found[0], tc.want)
		})
	}
}
