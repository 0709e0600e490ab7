package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// flashInfoCmd shows what an image holds.
type flashInfoCmd struct {
	File       string `arg:"" help:"The image."`
	Map        *uint8 `help:"Flash size map 0 to 9 (default: from the image at 0, else by size)." placeholder:"N"`
	Partitions string `help:"Partition table of the firmware (SDK 3): a text file, each line TYPE ADDRESS SIZE." placeholder:"FILE"`
	JSON       bool   `help:"Print the result as JSON."`
}

// Help is shown by --help.
func (flashInfoCmd) Help() string {
	return `Example:
  emu8266 flash info flash.bin
  emu8266 flash info flash.bin --map 6 --partitions table.txt

A partition table has lines such as "OTA_2 0x101000 0xE0000"; the type is the SDK's name without SYSTEM_PARTITION_, or its
number; # begins a comment. It is checked as system_partition_table_regist does: exit code 1 if that would return false.
On a terminal the sector map is coloured (not with NO_COLOR set).`
}

// flashReport is what info --json prints; the field names are stable.
type flashReport struct {
	File         string           `json:"file"`
	Size         int              `json:"size"`
	Sectors      int              `json:"sectors"`
	Map          int              `json:"map"`
	MapName      string           `json:"map_name"`
	MapFrom      string           `json:"map_from"` // "--map", "image at 0" or "size"
	Regions      []flashRegion    `json:"regions"`
	Images       []flashProgram   `json:"images"`
	Certificates []flashCerts     `json:"certificates"`
	Parameters   flashParameters  `json:"parameters"`
	Wear         flashWear        `json:"wear"`
	Partitions   []flashPartition `json:"partitions,omitempty"`
	PartitionsOK *bool            `json:"partitions_ok,omitempty"` // what system_partition_table_regist returns
	Findings     []flashFinding   `json:"findings"`
	Used         int              `json:"used"` // sectors that are not erased

	chip   *flash.Chip
	layout image.Layout
}

type flashRegion struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Addr uint32 `json:"addr"`
	Size uint32 `json:"size"`
	Used int    `json:"used"` // sectors that are not erased
}

type flashProgram struct {
	Addr  uint32 `json:"addr"`
	Bytes int    `json:"bytes"`
	Text  string `json:"text"`
	Error string `json:"error,omitempty"`
}

type flashCerts struct {
	Sector  uint32           `json:"sector"`
	Bytes   int              `json:"bytes"`
	Entries []flashCertEntry `json:"entries"`
	Error   string           `json:"error,omitempty"`
}

type flashCertEntry struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
}

type flashParameters struct {
	Sector      uint32 `json:"sector"`
	Written     bool   `json:"written"`
	Intact      bool   `json:"intact"`
	Count       uint32 `json:"count"` // saves
	Bank        int    `json:"bank"`
	OpMode      uint8  `json:"opmode"`
	SSID        string `json:"ssid"`   // of the saved station; the password is not shown
	Softap      string `json:"softap"` // SSID of the saved soft-AP; "" for the default one
	AutoConnect bool   `json:"auto_connect"`
}

type flashWear struct {
	Erases    uint64 `json:"erases"`     // of all sectors
	Programs  uint64 `json:"programs"`   // pages
	MostErase uint32 `json:"most_erase"` // of one sector
	Sector    uint32 `json:"sector"`     // that sector
}

type flashPartition struct {
	Type string `json:"type"`
	Addr uint32 `json:"addr"`
	Size uint32 `json:"size"`
}

type flashFinding struct {
	Rule string `json:"rule"`
	Text string `json:"text"`
}

func findings(list []image.Finding) []flashFinding {
	out := []flashFinding{}
	for _, f := range list {
		out = append(out, flashFinding{f.Rule, f.Text})
	}
	return out
}

// Run reports.
func (c flashInfoCmd) Run(con *console) error {
	s, err := flashInput("info", c.File)
	if err != nil {
		return err
	}
	var table []image.Partition
	if c.Partitions != "" {
		if table, err = readPartitions(c.Partitions); err != nil {
			return err
		}
	}
	r, err := newFlashReport(c.File, s, c.Map, table)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(con.out, r)
	} else {
		r.print(con)
	}
	if err == nil && r.PartitionsOK != nil && !*r.PartitionsOK {
		err = errReported
	}
	return err
}

// flashMap returns the map to go by: the one given, the image's own, the size's.
func flashMap(d flash.Device, given *uint8) (image.SizeMap, error) {
	if given != nil {
		if m := image.SizeMap(*given); m.Valid() {
			return m, nil
		}
		return 0, usagef("flash: --map %d: flash size maps are 0 to 9", *given)
	}
	if m, ok := image.HeaderMap(d); ok && m.Valid() {
		return m, nil
	}
	m, _ := image.DefaultMap(d.Size())
	return m, nil
}

// newFlashReport looks at everything in an image. A nil table: no partitions.
func newFlashReport(file string, s *flash.Snapshot, given *uint8, table []image.Partition) (*flashReport, error) {
	chip := s.Chip()
	m, err := flashMap(chip, given)
	if err != nil {
		return nil, err
	}
	r := &flashReport{File: file, Size: chip.Size(), Sectors: chip.Sectors(), Map: int(m), MapName: m.String(), MapFrom: "size",
		Images: []flashProgram{}, Certificates: []flashCerts{}, chip: chip, layout: m.Layout()}
	if given != nil {
		r.MapFrom = "--map"
	} else if _, ok := image.HeaderMap(chip); ok {
		r.MapFrom = "image at 0"
	}
	r.Findings = findings(image.CheckMap(chip, m))
	if table != nil {
		r.addPartitions(table, m)
	}
	for _, g := range r.layout {
		r.Regions = append(r.Regions, flashRegion{g.Name, g.Kind.String(), g.Addr, g.Size, r.used(g)})
	}
	r.addPrograms()
	r.addCerts()
	if err := r.addParameters(m); err != nil {
		return nil, err
	}
	r.addWear()
	return r, nil
}

func (r *flashReport) addPartitions(table []image.Partition, m image.SizeMap) {
	registered, err := image.RegisterPartitions(r.chip, table, m)
	ok := err == nil
	r.PartitionsOK = &ok
	for _, p := range registered {
		r.Partitions = append(r.Partitions, flashPartition{p.Type.String(), p.Addr, p.Size})
	}
	if joined, is := err.(interface{ Unwrap() []error }); is {
		for _, e := range joined.Unwrap() {
			r.Findings = append(r.Findings, flashFinding{"flash-partition", e.Error()})
		}
	}
	if ok {
		r.layout = registered.Layout(m)
	}
}

func (r *flashReport) addPrograms() {
	for _, f := range image.Scan(r.chip) {
		p := flashProgram{Addr: f.Addr, Bytes: f.Image.Length, Text: f.Image.String()}
		if f.Err != nil {
			p.Error = f.Err.Error()
		}
		r.Images = append(r.Images, p)
	}
}

func (r *flashReport) addCerts() {
	for _, f := range image.ScanCerts(r.chip) {
		c := flashCerts{Sector: f.Sector, Bytes: f.Image.Len()}
		for _, e := range f.Image {
			c.Entries = append(c.Entries, flashCertEntry{e.Name, len(e.Data)})
		}
		if f.Err != nil {
			c.Error = f.Err.Error()
		}
		r.Certificates = append(r.Certificates, c)
		r.Findings = append(r.Findings, findings(r.layout.CheckCertSector(r.chip, f.Sector, f.Image.Len()))...)
	}
}

func (r *flashReport) addParameters(m image.SizeMap) error {
	r.Parameters.Sector = m.SystemParamAddr() / flash.SectorSize
	h, err := image.ReadParamHeader(r.chip, r.Parameters.Sector)
	if errors.Is(err, flash.ErrRange) { // a map for a larger chip; CheckMap has said so
		r.Parameters.Intact = true
		return nil
	} else if err != nil {
		return err
	}
	p, intact, err := image.LoadSystemParams(r.chip, m)
	if err != nil {
		return err
	}
	r.Parameters.Written, r.Parameters.Intact, r.Parameters.Bank = h.Written(), intact, h.Bank()
	r.Parameters.OpMode, r.Parameters.AutoConnect = p.OpMode(), p.AutoConnect()
	if h.Written() {
		r.Parameters.Count = h.Count
	}
	if s, ok := p.Station(); ok {
		r.Parameters.SSID = string(s.SSID)
	}
	if s, ok := p.Softap(); ok {
		r.Parameters.Softap = string(s.SSID)
	}
	return nil
}

func (r *flashReport) addWear() {
	for n := range uint32(r.Sectors) {
		erases := r.chip.Erases(n)
		r.Wear.Erases += uint64(erases)
		r.Wear.Programs += uint64(r.chip.Programs(n))
		if erases > r.Wear.MostErase {
			r.Wear.MostErase, r.Wear.Sector = erases, n
		}
		if r.holds(n) {
			r.Used++
		}
	}
}

// holds tells whether a sector is not erased.
func (r *flashReport) holds(n uint32) bool {
	var p [flash.SectorSize]byte
	_, err := r.chip.ReadAt(p[:], int64(n)*flash.SectorSize)
	return err == nil && !erased(p[:])
}

func (r *flashReport) used(g image.Region) (count int) {
	for addr := uint64(g.Addr); addr < g.End() && addr < uint64(r.Size); addr += flash.SectorSize {
		if r.holds(uint32(addr / flash.SectorSize)) {
			count++
		}
	}
	return count
}

// readPartitions reads a table of lines TYPE ADDRESS SIZE.
func readPartitions(path string) ([]image.Partition, error) {
	b, err := readFile(path, textMax)
	if err != nil {
		return nil, usagef("flash info: %v", err)
	}
	table := []image.Partition{}
	for i, line := range strings.Split(string(b), "\n") {
		n := i + 1
		text, _, _ := strings.Cut(line, "#")
		fields := strings.Fields(strings.NewReplacer("{", " ", "}", " ", ",", " ").Replace(text))
		if len(fields) == 0 {
			continue
		}
		p, err := parsePartition(fields)
		if err != nil {
			return nil, usagef("flash info: %s line %d: %v", path, n, err)
		}
		if table = append(table, p); len(table) > image.MaxPartitions {
			return nil, usagef("flash info: %s: more than %d partitions", path, image.MaxPartitions)
		}
	}
	return table, nil
}

func parsePartition(fields []string) (p image.Partition, err error) {
	if len(fields) != 3 {
		return p, fmt.Errorf("%q: want TYPE ADDRESS SIZE", strings.Join(fields, " "))
	}
	name, found := strings.TrimPrefix(strings.ToUpper(fields[0]), "SYSTEM_PARTITION_"), false
	for t := image.PartitionInvalid; t <= image.PartitionWPA2CA && !found; t++ {
		if t.String() == name {
			p.Type, found = t, true
		}
	}
	if !found {
		n, err := strconv.ParseUint(fields[0], 0, 32)
		if err != nil {
			return p, fmt.Errorf("%q is no partition type", fields[0])
		}
		p.Type = image.PartitionType(n)
	}
	addr, errAddr := strconv.ParseUint(fields[1], 0, 32)
	size, errSize := strconv.ParseUint(fields[2], 0, 32)
	p.Addr, p.Size = uint32(addr), uint32(size)
	return p, errors.Join(errAddr, errSize)
}
