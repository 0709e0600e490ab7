package elf

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/espconn"
)

// SDK returns the version of the SDK whose headers the firmware was compiled with: 20000 for 2.0, 20100, 20200 or 30000.
// Structs in its memory have that SDK's layout.
func (i *Image) SDK() int { return i.version }

// SDKText returns the SDK's version as the program itself writes it, such as "2.2.1(6ab97e9)"; "" if it does not.
func (i *Image) SDKText() string { return i.text }

// Profile returns the profile of the SDK that the program is linked with: by the version that the SDK's library writes into it, and
// by the TLS library, axTLS or mbedTLS, of which a function is in it (tls.md 0). It is false for a program that does not tell, as
// those that package build links.
func (i *Image) Profile() (p espconn.Profile, ok bool) {
	if i.text == "" {
		return p, false
	}
	p = espconn.SDK306()
	if _, axTLS := i.symbols.byName["ssl_ctx_new"]; axTLS {
		p = espconn.SDK306SSL()
	} else if i.version < cabi.SDK30 {
		p = espconn.SDK221()
	} else if i.before("3.0.2") {
		p = espconn.SDK301()
	}
	p.NameDash = !i.before("3.0.1") // a profile is for several releases
	if p.RecordBytes = 0; i.before("3.0.6") {
		p.RecordBytes = espconn.SDK301().RecordBytes
	}
	if p.HeapHeader = 0; i.version < cabi.SDK30 {
		p.HeapHeader = espconn.SDK221().HeapHeader
	}
	p.NarrowFaults = i.version < cabi.SDK30
	p.SavesAgain = i.before("3.0.5") // between 3.0.1 and 3.0.5
	p.PingEndsLate = i.before("3.0.1")
	p.TCPWithoutDF, p.SNTPEmptyNames = i.before("2.1.0"), i.before("2.1.0")
	p.ListenerResetsAhead, p.NoManualRecv = i.before("2.2.0"), i.before("2.2.0")
	p.SNTPNamesOnly, p.SNTPLateLookup = !i.before("2.1.0") && i.before("3.0.1"), i.before("3.0.4")
	return p, true
}

// before reports whether the SDK is an earlier one than a release with a version of three digits.
func (i *Image) before(release string) bool { return i.text[:min(len(i.text), len(release))] < release }

// sdkVersion finds the version of the SDK that a program was compiled with: in the name that our build leaves in it, or in the text
// that the SDK's library prints at boot ("SDK ver: %s compiled @...", whose version stands in the library).
func sdkVersion(s symbols, b []byte) (version int, text string) {
	for _, v := range []int{cabi.SDK20, cabi.SDK21, cabi.SDK22, cabi.SDK30} {
		if _, ok := s.byName[fmt.Sprintf("esp_sdk_%d", v)]; ok {
			return v, ""
		}
	}
	if m := versionText.FindSubmatch(b); m != nil {
		text = string(m[1])
		switch {
		case strings.HasPrefix(text, "2.0"):
			return cabi.SDK20, text
		case strings.HasPrefix(text, "2.1"):
			return cabi.SDK21, text
		case strings.HasPrefix(text, "2.2"):
			return cabi.SDK22, text
		}
	}
	return cabi.SDK30, text
}

// snapshot begins the versions between two releases with one number and the next: 2.2.0-dev has some structs of 2.1.
var snapshot = regexp.MustCompile(`^[23]\.\d\.0-`)

// settleVersion takes for a snapshot of the SDK the release whose struct station_config the program has: its own or the one before.
func (i *Image) settleVersion() {
	if !snapshot.MatchString(i.text) {
		return
	}
	before := map[int]int{cabi.SDK21: cabi.SDK20, cabi.SDK22: cabi.SDK21, cabi.SDK30: cabi.SDK22}
	for _, v := range []int{i.version, before[i.version]} {
		if sizes := i.debug.StructSizes("station_config"); len(sizes) > 0 && sizes[0] == cabi.StructSizes(v)["station_config"] {
			i.version = v
			return
		}
	}
}

// checkStructs refuses a program whose debug information has structs of another size than its SDK's: it was compiled with the headers
// of another version than the library that it is linked with.
func (i *Image) checkStructs() error {
	for name, want := range cabi.StructSizes(i.version) {
		for _, size := range i.debug.StructSizes(name) {
			if size != want {
				return fmt.Errorf("struct %s has %d bytes in the program and %d in its SDK %s: "+
					"compile it with the headers of the version that it is linked with", name, size, want, sdkName(i.version, i.text))
			}
		}
	}
	return nil
}

// sdkName names a version of the SDK for people.
func sdkName(version int, text string) string {
	if text != "" {
		return text
	}
	return fmt.Sprintf("%d.%d", version/10000, version/100%100)
}
