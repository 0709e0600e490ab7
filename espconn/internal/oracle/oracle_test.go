package oracle_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/internal/oracle"
	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

const data = "../../../testdata/oracle"

var pki = &oracle.PKI{Dir: filepath.Join(data, "pki")}

// TestEveryCaseHasAPeer: each text of the data is understood.
func TestEveryCaseHasAPeer(t *testing.T) {
	total := 0
	for _, group := range oracle.Groups {
		cases, err := oracle.Load(data, group)
		require.NoError(t, err)
		for i := range cases {
			c := &cases[i]
			_, err := pki.Peer(c, 1)
			assert.NoError(t, err, c.ID)
			for build := range oracle.Builds {
				assert.NotEmpty(t, c.Results[build].Outcome, c.ID)
				assert.Empty(t, c.Results[build].SameAs, c.ID)
			}
			if c.Peer.Kind == "scripted_server" {
				id, err := tlspeer.ParseSuite(c.Peer.Suite)
				require.NoError(t, err)
				if want := c.Results["head"].Suite; want != "" {
					assert.Equal(t, want, tlspeer.SuiteName(id), c.ID)
				}
			}
		}
		total += len(cases)
	}
	assert.Equal(t, 897, total)
}

// TestCheck: listed differences pass, others and stale entries do not.
func TestCheck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "differences.txt")
	const list = "# comment\n\na SDK301 log told twice\nb SDK306 * the whole case\nc SDK306 code gone\nd SDK306 code not run\n"
	require.NoError(t, os.WriteFile(path, []byte(list), 0o600))
	known, err := oracle.ReadDifferences(path)
	require.NoError(t, err)
	require.Len(t, known, 4)
	assert.Equal(t, "the whole case", known[1].Reason)

	diffs := []oracle.Difference{{Case: "a", Profile: "SDK301", Field: "log"}, {Case: "a", Profile: "SDK306", Field: "log"},
		{Case: "b", Profile: "SDK306", Field: "code"}, {Case: "b", Profile: "SDK306", Field: "log"}}
	unlisted, stale := oracle.Check(known, diffs, func(id, _ string) bool { return id != "d" })
	assert.Equal(t, diffs[1:2], unlisted)
	assert.Equal(t, known[2:3], stale)

	require.NoError(t, os.WriteFile(path, []byte("a SDK301 log\n"), 0o600))
	_, err = oracle.ReadDifferences(path)
	assert.Error(t, err)
}

// TestCompare: a run that is as measured has no differences; each changed field
// is named.
func TestCompare(t *testing.T) {
	cases, err := oracle.Load(data, "A")
	require.NoError(t, err)
	c := &cases[0]
	got := c.Results["head"]
	assert.Empty(t, oracle.Compare(c, "head", got))
	assert.Empty(t, oracle.CompareHeap(c, "head", oracle.Heap{Peak: got.Heap.Peak - 192, After: got.Heap.After - 192}))
	assert.Len(t, oracle.CompareHeap(c, "head", *got.Heap), 2)
	got.Callback, got.DeviceRecords = "none", nil
	diffs := oracle.Compare(c, "head", got)
	require.Len(t, diffs, 2)
	assert.Equal(t, "callback", diffs[0].Field)
	assert.Equal(t, "device_records", diffs[1].Field)
	assert.Contains(t, diffs[0].String(), "SDK306 callback: want disconnect, got none")
}

func TestPayload(t *testing.T) {
	assert.Equal(t, []byte{3, 10, 17}, oracle.Payload(0, 3))
	assert.Equal(t, oracle.Payload(0, 600)[300:], oracle.Payload(300, 300))
}

func FuzzReadDifferences(f *testing.F) {
	f.Add([]byte("a SDK301 log reason\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "d")
		require.NoError(t, os.WriteFile(path, b, 0o600))
		_, _ = oracle.ReadDifferences(path)
	})
}

// FuzzLoad: no content of a group file makes loading or the making of peers
// panic.
func FuzzLoad(f *testing.F) {
	for _, group := range oracle.Groups {
		b, err := os.ReadFile(filepath.Join(data, group+".json"))
		require.NoError(f, err)
		line, _, _ := bytes.Cut(b[2:], []byte(",\n"))
		f.Add([]byte("[" + string(line) + "]"))
	}
	f.Add([]byte(`[{"id":"x","role":"server","peer":{"suites":["..."],"suites_note":"5 unknown suites"},` +
		`"results":{"head":{"same_as":"head"}}}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "X.json"), b, 0o600))
		cases, err := oracle.Load(dir, "X")
		if err != nil {
			return
		}
		for i := range cases {
			_, _ = pki.Peer(&cases[i], 1)
		}
	})
}
