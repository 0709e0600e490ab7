package image

import "github.com/emu8266/emu8266/flash"

// fill makes p erased flash.
func fill(p []byte) {
	for i := range p {
		p[i] = flash.Erased
	}
}

// blank tells whether p is erased flash.
func blank(p []byte) bool {
	for _, v := range p {
		if v != flash.Erased {
			return false
		}
	}
	return true
}

// padded returns p with erased bytes up to whole words; p itself if it has whole words.
func padded(p []byte) []byte {
	if len(p)%flash.WriteUnit == 0 {
		return p
	}
	whole := (len(p) + flash.WriteUnit - 1) / flash.WriteUnit * flash.WriteUnit
	return append(append([]byte(nil), p...), flash.Erased, flash.Erased, flash.Erased)[:whole]
}
