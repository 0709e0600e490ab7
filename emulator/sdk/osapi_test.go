package sdk

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGoFormat(t *testing.T) {
	for c, g := range map[string]string{
		"%u %i %lu %ld %hhu": "%d %d %d %d %d",
		"%02x:%08X":          "%02x:%08X",
		"%5u%%":              "%5d%%",
		"%-8s|%c":            "%-8s|%c",
		"100%":               "100%",
		"%l":                 "%",
	} {
		assert.Equal(t, g, goFormat(c))
	}
}
