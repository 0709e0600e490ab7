package vnet

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A fleet that does not wake for meaningless broadcasts makes the same capture as one that does.
func TestIgnoringChangesNothing(t *testing.T) {
	filtered, _ := fleet(t, 40, 0)
	devicesHearAll = true
	defer func() { devicesHearAll = false }()
	all, _ := fleet(t, 40, 0)
	assert.Equal(t, all, filtered)
}
