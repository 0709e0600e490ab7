package cause_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// declared returns the constants of a type in a Go file, name to value.
func declared(t *testing.T, file, typ string) map[string]string {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	out := map[string]string{}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if id, ok := v.Type.(*ast.Ident); !ok || id.Name != typ {
				continue
			}
			for i, name := range v.Names {
				value, err := strconv.Unquote(v.Values[i].(*ast.BasicLit).Value)
				require.NoError(t, err)
				out[name.Name] = value
			}
		}
	}
	require.NotEmpty(t, out, file)
	return out
}

// Every cause that a package declares has words in both languages, and none is left over.
func TestEveryCauseHasWords(t *testing.T) {
	var ids []cause.ID
	for file, typ := range map[string]string{
		"../../espconn/boundedtls/cause.go": "CauseID", "../../espconn/cause.go": "CauseID", "../../espconn/refusal.go": "CauseID",
		"../../netstack/cause.go":    "CauseID",
		"../internal/soc/cause.go":   "CauseID",
		"../internal/soc/refusal.go": "CauseID", "../internal/radio/cause.go": "CauseID", "waiting.go": "ID",
	} {
		for name, id := range declared(t, file, typ) {
			assert.False(t, slices.Contains(ids, cause.ID(id)), "%s %s: %s twice", file, name, id)
			assert.Regexp(t, `^[a-z]+/[a-z0-9-]+$`, id, name)
			ids = append(ids, cause.ID(id))
		}
	}
	slices.Sort(ids)
	assert.Equal(t, ids, cause.IDs())

	placeholder := regexp.MustCompile(`\{[a-z]*\}`)
	holders := func(s string) []string {
		found := placeholder.FindAllString(s, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	for _, id := range ids {
		en, enNone, ok := cause.Template(id, cause.English)
		require.True(t, ok, id)
		zh, zhNone, _ := cause.Template(id, cause.Chinese)
		assert.NotEmpty(t, en.Sentence, id)
		assert.NotEmpty(t, en.Remedy, "%s: one thing to do", id)
		assert.NotEmpty(t, en.Source, id)
		assert.Equal(t, en.Source, zh.Source)
		for _, pair := range [][2]string{{en.Sentence, zh.Sentence}, {en.Remedy, zh.Remedy}, {enNone, zhNone}} {
			assert.Equal(t, pair[0] == "", pair[1] == "", "%s: in both languages or in none", id)
			assert.Equal(t, holders(pair[0]), holders(pair[1]), id)
			assert.Subset(t, []string{"{object}", "{have}", "{limit}", "{least}", "{peer}", "{max}", "{count}", "{reason}",
				"{remote}", "{local}", "{time}"}, holders(pair[0]), id)
			assert.False(t, strings.HasSuffix(pair[0], "."), "%s ends with a full stop", id)
			if strings.Trim(pair[1], "{}abcdefghijklmnopqrstuvwxyz") != "" {
				han := func(r rune) bool { return unicode.Is(unicode.Han, r) }
				assert.True(t, strings.ContainsFunc(pair[1], han), "%s: %s", id, pair[1])
			}
		}
	}
}

// Words are filled in from the event.
func TestOf(t *testing.T) {
	long := trace.Event{Kind: trace.KindCause, Name: string(boundedtls.CauseCertificateTooLong),
		Text: "Certificate message", Value: 4760, Limit: 4096, Least: 4760}
	assert.Equal(t, cause.Text{
		Sentence: "Certificate message of 4760 bytes, limit 4096",
		Remedy:   "set the size to 4760 or more, or send a shorter chain (leave the root out, use smaller certificates)",
		Source:   "docs/facts/tls.md 2.2",
	}, cause.Of(long, cause.English))
	long.Least = 0
	assert.Contains(t, cause.Of(long, cause.English).Remedy, "no size helps")
	assert.Contains(t, cause.Of(long, cause.Chinese).Sentence, "4760 字节")

	alert := trace.Event{Kind: trace.KindCause, Name: string(boundedtls.CauseAlert), Text: "access_denied(49)"}
	logs := map[trace.Role]string{trace.RoleClient: "the server's log", trace.RoleServer: "the client's log", 0: "the peer's log"}
	for role, want := range logs {
		alert.Role = role
		assert.Contains(t, cause.Of(alert, cause.English).Remedy, want)
	}
	for _, id := range []boundedtls.CauseID{boundedtls.CauseAlertSuite, boundedtls.CauseAlertSuiteDHE} {
		of := func(role trace.Role, l cause.Language) string {
			return cause.Of(trace.Event{Name: string(id), Text: "handshake_failure(40)", Role: role}, l).Remedy
		}
		assert.Contains(t, of(trace.RoleClient, cause.English), "no cipher suite in common")
		assert.Contains(t, of(trace.RoleServer, cause.English), "the suite was agreed", "a client that refuses has the ServerHello")
		assert.NotEqual(t, of(trace.RoleClient, cause.Chinese), of(trace.RoleServer, cause.Chinese))
	}
	for _, id := range []boundedtls.CauseID{boundedtls.CausePlainText, boundedtls.CauseNotTLS} {
		of := func(role trace.Role) string {
			return cause.Of(trace.Event{Name: string(id), Role: role}, cause.English).Remedy
		}
		assert.Contains(t, of(trace.RoleClient), "connect to a port that speaks TLS")
		assert.Contains(t, of(trace.RoleServer), "let the client speak TLS")
	}
	assert.Equal(t, cause.Text{Sentence: "later/unheard-of"}, cause.Of(trace.Event{Name: "later/unheard-of"}, cause.Chinese))

	// An object with braces stays as it is.
	odd := trace.Event{Name: string(espconn.CauseImage), Text: "{limit}", Limit: 7}
	assert.Contains(t, cause.Of(odd, cause.English).Sentence, "{limit}")
	assert.Contains(t, cause.Of(trace.Event{Name: string(netstack.CauseReset)}, cause.English).Sentence, "reset")
}

func TestExceptions(t *testing.T) {
	for n, want := range map[int64]cause.ID{0: cause.IllegalInstruction, 3: cause.LoadStoreError, 6: cause.Exception,
		9: cause.Unaligned, 20: cause.FetchProhibited,
		espconn.CauseLoadProhibited: cause.LoadProhibited, espconn.CauseStoreProhibited: cause.StoreProhibited,
		espconn.CauseSoftWatchdog: cause.SoftWatchdog, -2: cause.HardWatchdog, -3: cause.Stuck, 33: cause.Exception} {
		assert.Equal(t, want, cause.OfException(n, 0))
	}
	assert.Equal(t, cause.DivisionByZero, cause.OfException(0, 0x4000dce5))
	assert.Equal(t, cause.DivisionByZero, cause.OfException(0, 0x4000dd3d))
	assert.Equal(t, cause.IllegalInstruction, cause.OfException(0, 0x4000dce6))
	assert.Equal(t, cause.LoadProhibited, cause.OfException(28, 0x4000dce5))
}

func TestLanguage(t *testing.T) {
	for _, l := range cause.Languages() {
		b, err := json.Marshal(l)
		require.NoError(t, err)
		var back cause.Language
		require.NoError(t, json.Unmarshal(b, &back))
		assert.Equal(t, l, back)
	}
	var l cause.Language
	assert.ErrorContains(t, l.UnmarshalText([]byte("de")), "only en and zh")
}

// A remedy that a cause and a check have in common in English is one in Chinese, too: an explanation says each once.
func TestSameRemedyIsSameInChinese(t *testing.T) {
	numbers := regexp.MustCompile(`\{[a-z]+\}|[0-9,]+`)
	chinese, same := map[string]string{}, 0
	for _, r := range espconn.Rules() {
		chinese[numbers.ReplaceAllString(r.Fix, "N")] = numbers.ReplaceAllString(cause.Rule(r.ID, cause.Chinese).Fix, "N")
	}
	for _, id := range cause.IDs() {
		en, _, _ := cause.Template(id, cause.English)
		zh, _, _ := cause.Template(id, cause.Chinese)
		if want, ok := chinese[numbers.ReplaceAllString(en.Remedy, "N")]; ok {
			same++
			assert.Equal(t, want, numbers.ReplaceAllString(zh.Remedy, "N"), "%s", id)
		}
	}
	assert.Positive(t, same)
}
