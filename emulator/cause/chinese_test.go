package cause_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
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
)

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// Every API check has Chinese words; those of its findings are below.
func TestEveryRuleHasChineseWords(t *testing.T) {
	for _, r := range espconn.Rules() {
		assert.Equal(t, r, cause.Rule(r.ID, cause.English))
		zh := cause.Rule(r.ID, cause.Chinese)
		for _, text := range []string{zh.Text, zh.Device, zh.Fix} {
			assert.True(t, hasHan(text), "%s: %q", r.ID, text)
		}
		assert.Equal(t, r.Source, zh.Source)
	}
	assert.Equal(t, espconn.Rule{ID: "later"}, cause.Rule("later", cause.Chinese))
}

// speakers are the functions that are given a phrase about what happened, and where it stands among their arguments.
var speakers = map[string]int{
	"finding": 2, "Finding": 1, "fatal": 2, "Fault": 1, "Crash": 0, "NoMemory": 0, "overflow": 1, "missing": 1, "unexpected": 0, "bad": 0,
	"badServerKX": 0, "badCertificate": 0, "badServerHello": 0, "badClientHello": 0, "badClientKX": 0,
	"badCertificateVerify": 0, "rangeOf": 1, "unjoined": 2,
}

// phrase returns what a string expression says, with a verb for what it does not say itself; "" for what is no string.
func phrase(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return s
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			a, b := phrase(e.X), phrase(e.Y)
			if a == "" {
				a = "%s"
			}
			if b == "" {
				b = "%s"
			}
			return a + b
		}
	case *ast.CallExpr:
		if sel, ok := e.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sprintf" {
			return phrase(e.Args[0])
		}
		if id, ok := e.Fun.(*ast.Ident); ok && id.Name == "hex" {
			return phrase(e.Args[0])
		}
	}
	return ""
}

var (
	verb    = regexp.MustCompile(`%[#0-9]*[a-z]`)
	letters = regexp.MustCompile(`[a-z]{2}`)
)

// spoken returns the phrases of a file, by their place.
func spoken(t *testing.T, file string) map[string]string {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, file, nil, 0)
	require.NoError(t, err)
	out := map[string]string{}
	add := func(e ast.Expr) {
		if s := phrase(e); strings.Contains(s, " ") && letters.MatchString(verb.ReplaceAllString(s, "")) {
			out[set.Position(e.Pos()).String()] = s
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			name := ""
			switch fn := n.Fun.(type) {
			case *ast.SelectorExpr:
				name = fn.Sel.Name
			case *ast.Ident:
				name = fn.Name
			}
			at, ok := speakers[name]
			if ok && name == "Finding" && len(n.Args) > 0 {
				at = 1
			}
			if ok && name == "finding" && len(n.Args) > 1 && strings.Contains(file, "emulator") {
				at = 1 // without a connection
			}
			if ok && at < len(n.Args) {
				add(n.Args[at])
			}
			if name == "because" || name == "Because" {
				for _, a := range n.Args {
					ast.Inspect(a, func(n ast.Node) bool {
						if pair, is := n.(*ast.KeyValueExpr); is {
							if key, is := pair.Key.(*ast.Ident); is && key.Name == "Text" {
								add(pair.Value)
							}
						}
						return true
					})
				}
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Object" || key.Name == "Why") {
				add(n.Value)
			}
		}
		return true
	})
	return out
}

// names are phrases of names and figures alone.
var names = map[string]bool{"the %s": true, "%s: level %d": true, "0x%x: %s": true}

// Whatever a device says of itself - what a check found, why the firmware crashed, what a cause is about - has Chinese words.
func TestEveryPhraseHasChineseWords(t *testing.T) {
	n := 0
	for _, root := range []string{"../../espconn", ".."} {
		require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			for at, s := range spoken(t, path) {
				n++
				said := verb.ReplaceAllStringFunc(s, func(v string) string {
					if c := v[len(v)-1]; c == 'd' || c == 'x' {
						return "7"
					}
					return "X"
				})
				zh := cause.Detail(said, cause.Chinese)
				if !names[s] {
					assert.True(t, hasHan(zh), "%s: emulator/cause/details.go has no words for %q", at, s)
				}
				assert.Equal(t, said, cause.Detail(said, cause.English))
			}
			return nil
		}))
	}
	assert.Greater(t, n, 100)
}

// Numbers and names stay, and phrases inside phrases have their own words.
func TestDetail(t *testing.T) {
	for text, want := range map[string]string{
		"the firmware did not return to the SDK for 7.183 s, and the software watchdog was stopped: " +
			"return from callbacks, or call system_soft_wdt_feed": "固件超过 7.183 秒没有返回 SDK，且软件看门狗已停止：请从回调返回，或调用 system_soft_wdt_feed",
		"4-byte load at address 0x3ffe0000, where there is no memory": "在地址 0x3ffe0000 处读取 4 字节，那里没有内存",
		"espconn_secure_ca_enable: sector 0x7a: certificates of 1 bytes overlap the program user1, " +
			"which ends at 0x7af44": "espconn_secure_ca_enable：扇区 0x7a：1 字节的证书与程序 user1 重叠，后者结束于 0x7af44",
		"Certificate message":                                              "Certificate 消息",
		"a log line of the firmware":                                       "a log line of the firmware",
		"0x7b: the sector is erased":                                       "0x7b：该扇区是擦除状态",
		`0x7b: no certificate image: it begins with "my settings"`:         `0x7b：不是证书镜像：它以 "my settings" 开始`,
		`0x7a: no entry "certificate"`:                                     `0x7a：没有条目 "certificate"`,
		"a handshake record in place of a hash":                            "收到握手记录，而不是散列",
		"flash: read 0x500000+4: outside the chip (chip of 4194304 bytes)": "flash：读取 0x500000 起 4 字节：超出芯片（芯片 4194304 字节）",
		"flash: write 0x2+8: address and length must be multiples of 4 (chip of 524288 bytes)": "flash：写入 0x2 起 8 字节：地址和长度必须是 4 的倍数" +
			"（芯片 524288 字节）",
		"AP, not heard for 62.5 s":  "AP，62.5 秒没有收到信号",
		"家 庭, not heard for 250 ms": "家 庭，250 毫秒没有收到信号",
	} {
		assert.Equal(t, want, cause.Detail(text, cause.Chinese))
	}
}

// The words of a cause that are put into others have a space beside letters and figures, and none beside Chinese.
func TestChineseSpaces(t *testing.T) {
	long := trace.Event{Kind: trace.KindCause, Name: string(boundedtls.CauseTooLong), Text: "Certificate message",
		Value: 4760, Limit: 4096, Least: 4760}
	assert.Equal(t, cause.Text{
		Sentence: "Certificate 消息长 4760 字节，上限 4096",
		Remedy:   "把缓存设为 4760 或更大，或缩短 Certificate 消息",
		Source:   "docs/facts/tls.md 2.2",
	}, cause.Of(long, cause.Chinese))
	busy := trace.Event{Kind: trace.KindCause, Name: "device/busy", Text: "a smartconfig"}
	assert.Equal(t, "smartconfig 正在进行", cause.Of(busy, cause.Chinese).Sentence)
	busy.Text = "a scan"
	assert.Equal(t, "扫描正在进行", cause.Of(busy, cause.Chinese).Sentence)
}

// No phrase's words name a place that the phrase does not have, or leave one out that only English would then say.
func TestPlacesOfPhrases(t *testing.T) {
	for _, pair := range cause.DetailPairs {
		assert.Empty(t, verb.FindString(pair[1]), "%q", pair)
		places := len(verb.FindAllString(pair[0], -1))
		for i := range places {
			at := "{" + strconv.Itoa(i+1) + "}"
			assert.Contains(t, pair[1], at, "%q", pair)
		}
		assert.NotContains(t, pair[1], "{"+strconv.Itoa(places+1)+"}", "%q", pair)
	}
}
