package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// print writes the report for people.
func (r *flashReport) print(con *console) {
	out := con.out
	fmt.Fprintf(out, "%s: %d bytes, %d of %d sectors in use\nmap %s, by the %s\n\n", r.File, r.Size, r.Used,
		r.Sectors, r.MapName, r.MapFrom)
	r.printMap(out, coloured(out))
	fmt.Fprintln(out)
	for _, g := range r.Regions {
		fmt.Fprintf(out, "%-24s %#08x..%#08x  %4d of %d sectors in use\n", g.Name, g.Addr, uint64(g.Addr)+uint64(g.Size),
			g.Used, g.Size/flash.SectorSize)
	}
	for _, i := range r.Images {
		fmt.Fprintf(out, "program at %#x: %s\n", i.Addr, i.Text)
		if i.Error != "" {
			fmt.Fprintf(out, "  %s\n", i.Error)
		}
	}
	for _, c := range r.Certificates {
		fmt.Fprintf(out, "certificates at sector %#x, %d bytes\n", c.Sector, c.Bytes)
		for _, e := range c.Entries {
			fmt.Fprintf(out, "  %-32s %d bytes\n", e.Name, e.Bytes)
		}
		if c.Error != "" {
			fmt.Fprintf(out, "  %s\n", c.Error)
		}
	}
	r.printParameters(out)
	if w := r.Wear; w.Erases+w.Programs > 0 {
		fmt.Fprintf(out, "wear: %d erasures, %d pages programmed; most: sector %#x, erased %d times\n", w.Erases,
			w.Programs, w.Sector, w.MostErase)
	} else {
		fmt.Fprintln(out, "wear: nothing counted")
	}
	if r.PartitionsOK != nil {
		fmt.Fprintf(out, "system_partition_table_regist returns %v\n", *r.PartitionsOK)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(out, "%s: %s\n", f.Rule, f.Text)
	}
}

func (r *flashReport) printParameters(out io.Writer) {
	p := r.Parameters
	switch {
	case !p.Written && p.Intact:
		fmt.Fprintf(out, "system parameters at sector %#x: none saved\n", p.Sector)
		return
	case !p.Intact:
		fmt.Fprintf(out, "system parameters at sector %#x: damaged, the SDK uses what it finds\n", p.Sector)
	default:
		fmt.Fprintf(out, "system parameters at sector %#x: bank %d, saved %d times\n", p.Sector, p.Bank, p.Count)
	}
	fmt.Fprintf(out, "  Wi-Fi mode %d, auto-connect %v, network %q\n", p.OpMode, p.AutoConnect, p.SSID)
	if p.Softap != "" {
		fmt.Fprintf(out, "  soft-AP %q\n", p.Softap)
	}
}

// mapLegend explains the characters of the sector map.
const mapLegend = "  . erased  b boot  p program  c certificates  r rf cal  y phy data  s system parameters  # other data"

// mapRow is the number of sectors in a row of the map: 256 KB.
const mapRow = 64

// mapColours are the ANSI colours of the characters.
var mapColours = map[byte]string{'b': "35", 'p': "34", 'c': "32", 'r': "36", 'y': "36", 's': "33", '#': "37", '.': "90"}

// printMap writes one character for each sector; rows like the one before are left out.
func (r *flashReport) printMap(out io.Writer, colour bool) {
	last, skipped := "", false
	for first := 0; first < r.Sectors; first += mapRow {
		row := make([]byte, 0, mapRow)
		for n := first; n < min(first+mapRow, r.Sectors); n++ {
			row = append(row, r.mark(uint32(n)))
		}
		if s := string(row); s == last && first+mapRow < r.Sectors {
			if !skipped {
				fmt.Fprintln(out, "     *")
			}
			skipped = true
			continue
		}
		last, skipped = string(row), false
		fmt.Fprintf(out, "%#08x %s\n", first*flash.SectorSize, paint(row, colour))
	}
	fmt.Fprintln(out, mapLegend)
}

// mark returns the character of a sector.
func (r *flashReport) mark(n uint32) byte {
	if !r.holds(n) {
		return '.'
	}
	for _, c := range r.Certificates {
		if first, count := sectorsOf(c.Sector*flash.SectorSize, c.Bytes); n >= first && n < first+count {
			return 'c'
		}
	}
	for _, i := range r.Images {
		if first, count := sectorsOf(i.Addr, max(i.Bytes, 1)); n >= first && n < first+count {
			if i.Addr == 0 && n == 0 && count == 1 {
				return 'b'
			}
			return 'p'
		}
	}
	if g, ok := r.layout.At(n * flash.SectorSize); ok {
		switch g.Kind {
		case image.RFCal:
			return 'r'
		case image.PHYData:
			return 'y'
		case image.SystemParam:
			return 's'
		}
	}
	return '#'
}

// paint colours a row: one escape sequence for each run of equal characters.
func paint(row []byte, colour bool) string {
	if !colour {
		return string(row)
	}
	var s strings.Builder
	for i := 0; i < len(row); {
		j := i
		for j < len(row) && row[j] == row[i] {
			j++
		}
		fmt.Fprintf(&s, "\x1b[%sm%s\x1b[0m", mapColours[row[i]], row[i:j])
		i = j
	}
	return s.String()
}

// coloured tells whether out is a terminal that may be coloured.
func coloured(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// hexdump shows bytes, 16 in a line; lines like the one before are left out.
func hexdump(out io.Writer, addr uint32, b []byte) {
	last, skipped := "", false
	for i := 0; i < len(b); i += 16 {
		line := b[i:min(i+16, len(b))]
		if string(line) == last && i+16 < len(b) {
			if !skipped {
				fmt.Fprintln(out, "*")
			}
			skipped = true
			continue
		}
		last, skipped = string(line), false
		text := []byte(last)
		for j, v := range text {
			if v < ' ' || v > '~' {
				text[j] = '.'
			}
		}
		fmt.Fprintf(out, "%08x  %-47s  |%s|\n", uint64(addr)+uint64(i), fmt.Sprintf("% x", line), text)
	}
}
