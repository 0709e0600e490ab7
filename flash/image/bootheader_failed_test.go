package image

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What the loader notes when a program cannot be started: the other one is named as the backup; an upgrade then names the one that failed.
func TestBootHeaderFailed(t *testing.T) {
	for name, h := range map[string]BootHeader{
		"blank":           {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
		"loader 2, user2": {0x01, 0xE2},
		"loader 6, user1": {0xFC, 0xE6},
		"loader 6, user2": {0xFD, 0xE6},
		"loader 7, user2": {0xFD, 0xE7},
	} {
		assert.False(t, h.OnBackup(), name)
		f := h.Failed()
		assert.True(t, f.OnBackup(), name)
		assert.Equal(t, 1-h.Slot(), f.Slot(), name)
		assert.True(t, f.Normal(), name)
		want := h.Version()
		if h.old() {
			want = 6
		}
		assert.Equal(t, want, f.Version(), name)
		s := f.Switched(f)
		assert.False(t, s.OnBackup(), name)
		assert.Equal(t, h.Slot(), s.Slot(), name)
		assert.Equal(t, f, s.Failed(), name)
	}
}
