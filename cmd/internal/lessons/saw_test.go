package lessons

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
)

// TestSawOfOwnLine: what became of a line of the learner's own is told in the exercise's language, and so is why a script cannot be
// checked.
func TestSawOfOwnLine(t *testing.T) {
	for l, said := range map[cause.Language][3]string{
		cause.English: {"expect log nonsense: the log is", "this cannot be checked: it has 2 takes",
			`there is no command "expcet": perhaps expect is wanted`},
		cause.Chinese: {"expect log nonsense：日志是", "无法检查：它有 2 段", `没有命令 "expcet"：或许是 expect`},
	} {
		synctest.Test(t, func(t *testing.T) {
			x, err := Find("6-buffer", l)
			require.NoError(t, err)
			e, err := x.Exercise(l)
			require.NoError(t, err)
			r, err := e.Check(e.Start + "\nexpect log nonsense\n")
			require.NoError(t, err)
			assert.Contains(t, r.String(), said[0])
			_, err = e.Check("-- a --\nconnect\n-- b --\nconnect\n")
			require.ErrorIs(t, err, ErrScript)
			assert.ErrorContains(t, err, said[1])
			_, err = e.Check(e.Start + "\nexpcet status 9\n")
			require.ErrorIs(t, err, ErrScript)
			assert.ErrorContains(t, err, said[2])
		})
	}
}

// TestSawOfMissing: where nothing failed and something is missing, what came is told, too; the lines of the check are not.
func TestSawOfMissing(t *testing.T) {
	for l, said := range map[cause.Language]string{
		cause.English: `; the callbacks were "connect, sent, recv 10, sent, recv 20"`,
		cause.Chinese: `；回调是 "connect, sent, recv 10, sent, recv 20"`,
	} {
		x, err := Find("8-callbacks", l)
		require.NoError(t, err)
		e, err := x.Exercise(l)
		require.NoError(t, err)
		r, err := checked(t, e, "device profile=SDK306\npeer tls do=echo\nconnect\nsend 10\nsend 20\n")
		require.NoError(t, err)
		assert.Equal(t, 50, r.Score)
		assert.Contains(t, r.String(), said)
		assert.NotContains(t, r.String(), "expect")
	}
}
