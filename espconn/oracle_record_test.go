package espconn_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/elf"
)

// recordedCase is a case as recordedFile has it: what happens, as somebody has written it, and what the vendor's libraries did.
type recordedCase struct {
	ID      string          `json:"id"`
	Note    string          `json:"note"`
	Setup   json.RawMessage `json:"setup,omitempty"`
	Objects json.RawMessage `json:"objects,omitempty"`
	Device  json.RawMessage `json:"device"`
	Peers   json.RawMessage `json:"peers,omitempty"`
	Until   int             `json:"until"`
	Lines   []string        `json:"lines"`
	Heaps   []string        `json:"heaps"` // of each line: the bytes free, or before and after; "" where it tells none
}

// freeAtStart is the free heap at the instant 0 of the golden traces. What a recording says of the heap is brought to it: how much is free
// then in the program that records says nothing about the libraries.
const freeAtStart = 45224

// recordVendor plays the cases of recordedFile on the vendor's libraries and writes down what they do.
func recordVendor(t *testing.T, program *elf.Image) {
	file := filepath.Join(oracleFolder, "espconn", recordedFile+".json")
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	var recorded []recordedCase
	var cases []*oracleCase
	require.NoError(t, json.Unmarshal(raw, &recorded))
	require.NoError(t, json.Unmarshal(raw, &cases))
	var out bytes.Buffer
	for i, c := range cases {
		r := &recorded[i]
		synctest.Test(t, func(t *testing.T) { r.Lines, r.Heaps = replayVendor(t, c, program) })
		apart := vendorApart(r.Heaps)
		for k := range r.Heaps {
			r.Heaps[k] = moved(r.Heaps[k], apart)
		}
		out.WriteString(map[bool]string{true: "[\n", false: ",\n"}[i == 0])
		b, err := json.Marshal(r)
		require.NoError(t, err)
		out.Write(b)
	}
	out.WriteString("\n]\n")
	require.NoError(t, os.WriteFile(file, out.Bytes(), 0o644))
}

// vendorApart is how much more was free at the start of a recorded case in the golden traces' program.
func vendorApart(heaps []string) int {
	for _, h := range heaps {
		if first, err := strconv.Atoi(strings.Fields(h + " x")[0]); err == nil {
			return freeAtStart - first
		}
	}
	return 0
}

// moved adds to the figures of a line's heap. The count of TCP's connections, which nothing tells of the vendor's libraries, is left out.
func moved(heap string, by int) string {
	figures, _, _ := strings.Cut(heap, " connections")
	words := strings.Fields(figures)
	for i, w := range words {
		if n, err := strconv.Atoi(w); err == nil {
			words[i] = strconv.Itoa(n + by)
		}
	}
	return strings.Join(words, " ")
}
