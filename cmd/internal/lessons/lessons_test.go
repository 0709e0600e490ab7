package lessons

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
)

// solved are scripts that do what the exercises ask for.
var solved = map[string]string{
	"1-certificates": "peer tls\nburn ca 0x7C\nca_enable 1 0x7C\nconnect\n",
	"2-server":       "device profile=SDK306\ncertificate leaf-2048\naccept\nclient browser open\n",
	"3-client":       "peer tls\nconnect\ndisconnect\nconnect\ndisconnect\nconnect\n",
	"4-one-way":      "peer tls\nburn ca 0x7B\nca_enable 1 0x7B\nconnect\n",
	"5-mutual":       "peer auth\nburn ca 0x7B\nburn cert 0x7A\nca_enable 1 0x7B\ncert_req_enable 1 0x7A\nset_size 1 3072\nconnect\n",
	"6-buffer":       "peer tls message=5000\nset_size 1 5000\nconnect\n",
	"7-heap":         "peer tls message=3000\nset_size 1 3000\nhold 19000\nconnect\n",
	"8-callbacks":    "device profile=SDK306\npeer tls do=echo\nconnect\nsend 10\nsend 20\ndisconnect\n",
}

// checked checks a script in virtual time.
func checked(t *testing.T, e Exercise, script string) (r Result, err error) {
	synctest.Test(t, func(*testing.T) { r, err = e.Check(script) })
	return r, err
}

// TestExercises: each lesson has one in both languages; its start does not pass and is given a hint or a reason, a solution has all.
func TestExercises(t *testing.T) {
	for _, l := range cause.Languages() {
		all, err := All(l)
		require.NoError(t, err)
		require.Len(t, all, 8)
		for _, x := range all {
			e, err := x.Exercise(l)
			require.NoError(t, err, x.Name)
			require.NotEmpty(t, e.Task, x.Name)
			r, err := checked(t, e, e.Start)
			require.NoError(t, err, x.Name)
			assert.Less(t, r.Score, 100, x.Name)
			for _, c := range r.Checks {
				assert.NotEmpty(t, c.Name, x.Name)
				assert.Equal(t, c.OK, c.Why == "", x.Name)
			}
			r, err = checked(t, e, "-- mine --\n"+solved[x.Name])
			require.NoError(t, err, x.Name)
			assert.Equal(t, 100, r.Score, "%s: %+v", x.Name, r)
			assert.Empty(t, r.Hints, x.Name)
		}
	}
}

// TestCheckRefuses what cannot be checked: two takes, a line that is gone, a command that there is not.
func TestCheckRefuses(t *testing.T) {
	x, err := Find("6", cause.English)
	require.NoError(t, err)
	e, err := x.Exercise(cause.English)
	require.NoError(t, err)
	for script, want := range map[string]string{
		"-- a --\nconnect\n-- b --\nconnect\n":                   "it has 2 takes",
		"peer tls\nset_size 1 5000\nconnect\n":                   `"peer tls message=5000" must stay`,
		"connect\nset_size 1 5000\npeer tls message=5000\n":      `"connect" must stay behind "peer tls message=5000"`,
		"peer tls message=5000\nset_sise 1 5000\nconnect\n":      "cannot be checked: line 2, set_sise 1 5000: there is no command",
		"# mine\n\npeer tls message=5000\nset_sise 1\nconnect\n": "cannot be checked: line 4, set_sise 1: ",
		"peer tls message=5000\nset_size \"1\nconnect\n":         "cannot be checked: line 2: a quote is not closed",
		strings.Replace(e.Start, "set_size 1", "set_size x", 1):  "",
	} {
		_, err := checked(t, e, script)
		require.ErrorIs(t, err, ErrScript, script)
		assert.Contains(t, err.Error(), want)
	}
}

// TestHints: what the device's explanation says to change is the hint.
func TestHints(t *testing.T) {
	x, err := Find("6-buffer", cause.English)
	require.NoError(t, err)
	e, err := x.Exercise(cause.English)
	require.NoError(t, err)
	r, err := checked(t, e, e.Start)
	require.NoError(t, err)
	assert.Equal(t, 0, r.Score)
	assert.Contains(t, strings.Join(r.Hints, "\n"), "set the size to 5000")
	r, err = checked(t, e, "peer tls message=5000\nset_size 1 6000\nconnect\n")
	require.NoError(t, err)
	assert.Equal(t, 50, r.Score)
}
