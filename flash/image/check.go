package image

import (
	"fmt"

	"github.com/emu8266/emu8266/flash"
)

// Rules of findings.
const (
	RuleBeyondEnd  = "flash-beyond-end"  // certificates behind the end of the chip
	RuleOverSystem = "flash-over-system" // certificates in RF calibration, PHY data or system parameters
	RuleOverCode   = "flash-over-code"   // certificates inside a program that lies in the flash
	RuleInSlot     = "flash-in-slot"     // certificates in the room of a program: the next update writes over them
	RuleMapSize    = "flash-map-size"    // the map is made for another capacity than the chip's
)

// Finding is something in the flash that will make trouble. The device does not notice it by itself.
type Finding struct {
	Rule   string
	Text   string // one sentence
	Region Region // what is in the way; zero if nothing is
}

// String returns "flash-in-slot: sector 0x7b ...".
func (f Finding) String() string { return f.Rule + ": " + f.Text }

// CheckCertSector tells whether a certificate image of size bytes may lie at a sector: nothing is found if it lies inside
// the chip and clear of the system's sectors and of programs. A size of 0 stands for one that is not known. The programs that are in the
// flash of d are looked at, so that the text can say whether the harm is done now or by the next update.
func (l Layout) CheckCertSector(d flash.Reader, sector uint32, size int) []Finding {
	what := fmt.Sprintf("certificates of %d bytes", size)
	if size <= 0 {
		what, size = "certificates", 1
	}
	addr, end := int64(sector)*flash.SectorSize, int64(sector)*flash.SectorSize+int64(size)
	if end > int64(d.Size()) {
		return []Finding{{Rule: RuleBeyondEnd,
			Text: fmt.Sprintf("sector %#x: %s would reach %#x, behind the end of the chip at %#x", sector, what, end, d.Size())}}
	}
	var found []Finding
	for _, r := range l.Overlapping(uint32(addr), uint32(size)) {
		f := Finding{Region: r}
		switch r.Kind {
		case RFCal, PHYData, SystemParam:
			f.Rule = RuleOverSystem
			f.Text = fmt.Sprintf("sector %#x: %s overlap the %s at %#x, which the SDK erases and writes by itself",
				sector, what, r.Kind, r.Addr)
		case Boot, Code:
			f.Rule = RuleInSlot
			f.Text = fmt.Sprintf("sector %#x: %s lie in the room of %s (%#x..%#x): a program that long, "+
				"or an update, writes over them", sector, what, r.Name, r.Addr, r.End())
			if image, err := Parse(d, int64(r.Addr)); err == nil && addr < int64(r.Addr)+int64(image.Length) {
				f.Rule = RuleOverCode
				f.Text = fmt.Sprintf("sector %#x: %s overlap the program %s, which ends at %#x", sector, what, r.Name,
					int64(r.Addr)+int64(image.Length))
			}
		default:
			continue
		}
		found = append(found, f)
	}
	return found
}

// CheckMap tells whether a map fits the chip. A map for a larger chip makes the SDK address sectors that do not exist; on
// most chips those addresses fold back onto the beginning.
func CheckMap(d flash.Device, m SizeMap) []Finding {
	if m.Valid() && m.Size() == d.Size() {
		return nil
	}
	text := fmt.Sprintf("flash size map %v is made for %d bytes, the chip has %d", m, m.Size(), d.Size())
	if m.Size() < d.Size() {
		text += ": the rest stays unused, and the system parameters lie at " + fmt.Sprintf("%#x", m.SystemParamAddr())
	}
	return []Finding{{Rule: RuleMapSize, Text: text}}
}
