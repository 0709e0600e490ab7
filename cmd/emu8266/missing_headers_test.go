package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Of a header that belongs to another world the build says so, in the words of either compiler and once for each kind; of any other, the
// project's own among them, nothing.
func TestMissingHeaders(t *testing.T) {
	for _, c := range [][2]string{
		{"n.c:1:10: fatal error: 'lwip/udp.h' file not found\nm.c:2:10: fatal error: 'netif/etharp.h' file not found\n",
			"lwip/udp.h is of lwIP"},
		{"n.c:1:10: fatal error: lwip/tcp.h: No such file or directory\n", "lwip/tcp.h is of lwIP"},
		{"main.cpp:1:10: fatal error: 'vector' file not found\n", "vector is of the standard"},
		{"a.c:1:10: fatal error: freertos/FreeRTOS.h: No such file or directory\n", "is of the RTOS SDK"},
		{"a.cpp:1:10: fatal error: 'Arduino.h' file not found\n", "is of the Arduino core"},
	} {
		var b strings.Builder
		sayHeaders(&b, c[0])
		assert.Equal(t, 1, strings.Count(b.String(), "\n"), c[0])
		assert.Contains(t, b.String(), c[1])
	}
	var b strings.Builder
	sayHeaders(&b, "a.c:1:10: fatal error: 'list.h' file not found\na.c:1:10: fatal error: my/lwip/x.h: No such file or directory\n"+
		"clang: error: no such file or directory: 'vector.c'\n")
	assert.Empty(t, b.String())
}
