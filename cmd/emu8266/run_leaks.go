package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/chip"
)

// leakText lists the blocks of the heap by the place that asked for them, those of the firmware first, the greatest first.
func leakText(blocks []chip.HeapBlock) string {
	type owner struct {
		name     string
		firmware bool
		blocks   int
		bytes    uint32
	}
	var owners []owner
	all := uint32(0)
	for _, b := range blocks {
		name := cmp.Or(b.Where, b.What)
		i := slices.IndexFunc(owners, func(o owner) bool { return o.name == name })
		if i < 0 {
			i = len(owners)
			owners = append(owners, owner{name: name, firmware: b.Where != ""})
		}
		owners[i].blocks++
		owners[i].bytes += b.Requested
		all += b.Requested
	}
	slices.SortStableFunc(owners, func(a, b owner) int {
		if a.firmware != b.firmware {
			return map[bool]int{true: -1, false: 1}[a.firmware]
		}
		return cmp.Or(cmp.Compare(b.bytes, a.bytes), strings.Compare(a.name, b.name))
	})
	var text strings.Builder
	fmt.Fprintf(&text, "emu8266: blocks that were not freed: %d, %d bytes\n", len(blocks), all)
	for _, o := range owners {
		whose := ""
		if !o.firmware {
			whose = " (the SDK's)"
		}
		fmt.Fprintf(&text, "    %d bytes in %d: %s%s\n", o.bytes, o.blocks, o.name, whose)
	}
	return text.String()
}
