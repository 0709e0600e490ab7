package main

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Where the module of a folder has no page, the command says where one can be made, in a line.
func TestPageThatCannotBeMade(t *testing.T) {
	err := notMade(errors.New("site: exit status 1\n" +
		"no required module provides package github.com/emu8266/emu8266/cmd/playground: go.mod file not found"))
	assert.ErrorContains(t, err, "begin in a clone of emu8266")
	assert.NotContains(t, err.Error(), "\n")
	other := errors.New("no space left on device")
	assert.Equal(t, other, notMade(other))
}
