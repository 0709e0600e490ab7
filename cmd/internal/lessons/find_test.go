package lessons

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
)

// A lesson is found by its number, its name and the word in it; a slip of the keyboard names the one that was meant, anything else all.
func TestFindByName(t *testing.T) {
	for _, name := range []string{"6", "6-buffer", "buffer"} {
		for _, l := range []cause.Language{cause.English, cause.Chinese} {
			x, err := Find(name, l)
			require.NoError(t, err)
			assert.Equal(t, "6-buffer", x.Name)
		}
	}
	_, err := Find("bufer", cause.English)
	assert.EqualError(t, err, `there is no "bufer": did you mean buffer?`)
	_, err = Find("6-bufer", cause.English)
	assert.EqualError(t, err, `there is no "6-bufer": did you mean 6-buffer?`)
	_, err = Find("something else", cause.English)
	assert.ErrorContains(t, err, `there is no "something else"; there are 1-`)
}
