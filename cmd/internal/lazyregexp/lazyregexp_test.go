package lazyregexp_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
)

func TestNew(t *testing.T) {
	digits := lazyregexp.New(`^\d+$`)
	assert.True(t, digits().MatchString("8266"))
	assert.Same(t, digits(), digits())
	assert.Panics(t, func() { lazyregexp.New(`(`) }, "in a test, at once")
}
