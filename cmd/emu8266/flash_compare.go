package main

import (
	"errors"
	"fmt"

	"github.com/emu8266/emu8266/flash"
)

// flashVerifyCmd compares a part of an image with a file, or checks what the image holds.
type flashVerifyCmd struct {
	File string `arg:"" help:"The image."`
	Data string `arg:"" optional:"" help:"The file to compare with; without it the image's own content is checked."`
	flashPlace
	Map  *uint8 `help:"Flash size map 0 to 9 (default: from the image at 0, else by size)." placeholder:"N"`
	JSON bool   `help:"Print the result as JSON."`
}

// Help is shown by --help.
func (flashVerifyCmd) Help() string {
	return `Example:
  emu8266 flash verify flash.bin bin/esp_ca_cert.bin --sector 0x7B
  emu8266 flash verify flash.bin

Without a file to compare with, checksums of programs, certificate images and the SDK's parameters are checked, and whether
certificates lie where something else belongs. Exit code 1 if anything differs or is wrong.`
}

// flashVerifyReport is what verify --json prints; the field names are stable.
type flashVerifyReport struct {
	File      string   `json:"file"`
	OK        bool     `json:"ok"`
	Addr      uint32   `json:"addr"`            // of the comparison
	Bytes     int      `json:"bytes"`           // compared
	Different int      `json:"different"`       // bytes
	First     *uint32  `json:"first,omitempty"` // address of the first byte that differs
	Checked   int      `json:"checked"`         // things found in the image, without a file
	Problems  []string `json:"problems"`        // what is wrong with them
}

// Run compares or checks.
func (c flashVerifyCmd) Run(con *console) error {
	s, err := flashInput("verify", c.File)
	if err != nil {
		return err
	}
	r := flashVerifyReport{File: c.File, Problems: []string{}}
	if c.Data != "" {
		err = c.compare(s, &r)
	} else {
		err = c.inspect(s, &r)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(con.out, r)
	} else {
		r.print(con)
	}
	if err == nil && !r.OK {
		err = errReported
	}
	return err
}

func (c flashVerifyCmd) compare(s *flash.Snapshot, r *flashVerifyReport) error {
	addr, err := c.addr("verify", s.Size())
	if err != nil {
		return err
	}
	want, err := flashData("verify", c.Data, addr, s.Size())
	if err != nil {
		return err
	}
	got := make([]byte, len(want))
	if _, err := s.Chip().ReadAt(got, int64(addr)); err != nil {
		return err
	}
	r.Addr, r.Bytes = addr, len(want)
	for i := range want {
		if got[i] == want[i] {
			continue
		}
		if r.Different++; r.First == nil {
			at := addr + uint32(i)
			r.First = &at
		}
	}
	r.OK = r.Different == 0
	return nil
}

func (c flashVerifyCmd) inspect(s *flash.Snapshot, r *flashVerifyReport) error {
	if c.Sector != nil || c.At != nil {
		return usagef("flash verify: a place without a file to compare with")
	}
	info, err := newFlashReport(c.File, s, c.Map, nil)
	if err != nil {
		return err
	}
	for _, i := range info.Images {
		r.Checked++
		if i.Error != "" {
			r.Problems = append(r.Problems, i.Error)
		}
	}
	for _, i := range info.Certificates {
		r.Checked++
		if i.Error != "" {
			r.Problems = append(r.Problems, i.Error)
		}
	}
	if info.Parameters.Written {
		r.Checked++
	}
	if !info.Parameters.Intact {
		r.Problems = append(r.Problems, fmt.Sprintf("the SDK's parameters at sector %#x are damaged", info.Parameters.Sector))
	}
	for _, f := range info.Findings {
		r.Problems = append(r.Problems, f.Rule+": "+f.Text)
	}
	r.OK = len(r.Problems) == 0
	return nil
}

func (r flashVerifyReport) print(con *console) {
	switch {
	case r.Bytes > 0 && r.OK:
		fmt.Fprintf(con.out, "%s: %d bytes at %#x are the same\n", r.File, r.Bytes, r.Addr)
	case r.Bytes > 0:
		fmt.Fprintf(con.out, "%s: %d of %d bytes at %#x differ, the first at %#x\n", r.File, r.Different, r.Bytes, r.Addr, *r.First)
	case r.OK:
		fmt.Fprintf(con.out, "%s: %d programs, certificate images and parameter stores, all sound\n", r.File, r.Checked)
	}
	for _, p := range r.Problems {
		fmt.Fprintln(con.out, p)
	}
}

// flashDiffCmd compares two images.
type flashDiffCmd struct {
	A    string `arg:"" help:"An image."`
	B    string `arg:"" help:"Another one."`
	JSON bool   `help:"Print the result as JSON."`
}

// Help is shown by --help.
func (flashDiffCmd) Help() string {
	return `Example:
  emu8266 flash diff before.bin after.bin

Exit code 0 if the images are the same, 1 if they differ.`
}

// flashDiffReport is what diff --json prints; the field names are stable.
type flashDiffReport struct {
	A       string            `json:"a"`
	B       string            `json:"b"`
	Same    bool              `json:"same"`
	Sectors []flashDiffSector `json:"sectors"`
}

// flashDiffSector is a sector that differs.
type flashDiffSector struct {
	Sector uint32 `json:"sector"`
	Bytes  int    `json:"bytes"` // that differ
	First  uint32 `json:"first"` // address of the first of them
	What   string `json:"what"`  // "changed", "erased" in B, "written" in B, or "missing" in one of them
}

// Run compares.
func (c flashDiffCmd) Run(con *console) error {
	a, errA := flashInput("diff", c.A)
	b, errB := flashInput("diff", c.B)
	if err := errors.Join(errA, errB); err != nil {
		if errA != nil {
			return errA
		}
		return errB
	}
	r := flashDiffReport{A: c.A, B: c.B, Sectors: []flashDiffSector{}}
	x, y := a.Chip(), b.Chip()
	for _, n := range a.Diff(b) {
		r.Sectors = append(r.Sectors, diffSector(x, y, n))
	}
	r.Same = len(r.Sectors) == 0
	if c.JSON {
		if err := printJSON(con.out, r); err != nil {
			return err
		}
	} else {
		r.print(con)
	}
	if !r.Same {
		return errReported
	}
	return nil
}

// diffSector says how a sector differs in two chips.
func diffSector(a, b *flash.Chip, n uint32) flashDiffSector {
	d := flashDiffSector{Sector: n, What: "changed"}
	var p, q [flash.SectorSize]byte
	off := int64(n) * flash.SectorSize
	_, errA := a.ReadAt(p[:], off)
	_, errB := b.ReadAt(q[:], off)
	if errA != nil || errB != nil {
		d.What, d.Bytes, d.First = "missing", flash.SectorSize, uint32(off)
		return d
	}
	for i := flash.SectorSize - 1; i >= 0; i-- {
		if p[i] != q[i] {
			d.Bytes++
			d.First = uint32(off) + uint32(i)
		}
	}
	if erased(p[:]) {
		d.What = "written"
	} else if erased(q[:]) {
		d.What = "erased"
	}
	return d
}

func erased(p []byte) bool {
	for _, v := range p {
		if v != flash.Erased {
			return false
		}
	}
	return true
}

// diffLines bounds the list for people.
const diffLines = 40

func (r flashDiffReport) print(con *console) {
	if r.Same {
		fmt.Fprintf(con.out, "%s and %s are the same\n", r.A, r.B)
		return
	}
	for i, d := range r.Sectors {
		if i == diffLines {
			fmt.Fprintf(con.out, "and %d more\n", len(r.Sectors)-i)
			break
		}
		fmt.Fprintf(con.out, "sector %#x %s: %d bytes, the first at %#x\n", d.Sector, d.What, d.Bytes, d.First)
	}
	fmt.Fprintf(con.out, "%d sectors differ\n", len(r.Sectors))
}
