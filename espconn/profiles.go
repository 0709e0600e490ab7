package espconn

import (
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
)

// Sizes of espconn_secure_set_size in bytes (manual V2.1 5.3, tls.md 2.1).
const (
	SizeMax     = boundedtls.MaxSize
	SizeDefault = boundedtls.DefaultSize
	sizeMinSDK  = 2048
	sizeMin221  = 4096
)

// Sizes of the TLS message block, see Profile.BlockBytes.
const (
	blockBytesEarly = 1276
	blockBytesLate  = 1296
)

// recordBytesEarly is Profile.RecordBytes before 3.0.6.
const recordBytesEarly = 104

// heapHeaderEarly is Profile.HeapHeader before SDK 3.0.
const heapHeaderEarly = 8

// Limits of the manual profile.
const (
	mutualSizeMax = 3072 // manual V2.1 4.2
	sendMax       = 1024 // manual V2.1 5.6
)

// ManualV21 is what the SSL manual V2.1 promises; where it is silent the manual V1.0 and then SDK 2.2.1 without its bugs
// decide (manual-profile.md #1). The library's default.
func ManualV21() Profile {
	return Profile{
		Name: "ManualV21",
		TLS: MbedTLS{
			Engine:     mbedtls.Early().WithoutBugs(),
			BlockBytes: blockBytesEarly,
			EntryLine:  661,
			SendMax:    sendMax,
		},
		SizeMin:           1,
		SizePerRole:       true,
		MutualSizeMax:     mutualSizeMax,
		ConnectNullProto:  true,
		OneClient:         true,
		GateAtLeast:       true,
		OneUse:            true,
		AcceptAgain:       ISCONN,
		AcceptChecks:      true,
		SecondRefused:     true,
		FreePort:          true,
		DisconnectLater:   true,
		CertReqClientOnly: true,
		CAEntries:         2,
	}
}

// SDK301 is SDK 3.0.1 as it is: the early mbedTLS and all bugs of the source (tls.md 0; oracle key v301).
func SDK301() Profile {
	return Profile{
		Name: "SDK301",
		TLS: MbedTLS{
			Engine:           mbedtls.Early(),
			BlockBytes:       blockBytesEarly,
			EntryLine:        662,
			ScanLoops:        true,
			RingSilent:       true,
			SocketsUnchecked: true,
			SendNullCrashes:  true,
			EmptyRecordsStop: true,
			ServerClosed:     true,
			ServerDead:       true,
			StaleStatus:      true,
		},
		SizeMin:            sizeMinSDK,
		SizeLive:           true,
		StatusReturned:     true,
		AcceptAgain:        INPROGRESS,
		DeleteCrashes:      true,
		SendStateFirst:     true,
		SendStuck:          true,
		DanglingPCB:        true,
		MixedWorks:         true,
		NameDash:           true,
		SavesAgain:         true,
		RecordBytes:        recordBytesEarly,
		SNTPLateLookup:     true,
		DisconnectByState:  true,
		DefaultEmpty:       true,
		DefaultLeaks:       true,
		CAEntries:          1,
		FlightCut:          true,
		AckCountBug:        true,
		DataWithFinished:   true,
		CloseStays:         true,
		FrameCrashes:       true,
		AcceptCrashes:      true,
		LineCrashes:        true,
		StateNeedsCallback: true,
		RegistCrashes:      true,
	}
}

// SDK221 is SDK 2.2.1: SDK301 with sizes below 4,096 raised to it and line 661 in the log (tls.md 0).
func SDK221() Profile {
	p := SDK301()
	p.Name = "SDK221"
	p.SizeRaise = sizeMin221
	p.NameDash = false
	p.HeapHeader = heapHeaderEarly
	p.NarrowFaults = true
	p.SNTPNamesOnly = true
	p.PingEndsLate = true
	m := p.TLS.(MbedTLS)
	m.EntryLine = 661
	p.TLS = m
	return p
}

// SDK306 is SDK 3.0.2 to 3.0.6: the late mbedTLS, the same API layer (tls.md 0; oracle key head).
func SDK306() Profile {
	p := SDK301()
	p.Name = "SDK306"
	p.RecordBytes = 0
	p.SavesAgain = false
	p.SNTPLateLookup = false
	m := p.TLS.(MbedTLS)
	m.Engine, m.BlockBytes = mbedtls.Late(), blockBytesLate
	p.TLS = m
	return p
}

// Profiles returns the profiles of mbedTLS, the default first: what a tool tries when nobody names one.
// AllProfiles has the others too.
func Profiles() []Profile { return []Profile{ManualV21(), SDK221(), SDK301(), SDK306()} }

// ProfileByName finds a profile by its name, without regard to case.
func ProfileByName(name string) (Profile, bool) {
	for _, p := range AllProfiles() {
		if strings.EqualFold(p.Name, name) {
			return p, true
		}
	}
	return Profile{}, false
}

// SDK306SSL is SDK 2.0.0 to 3.0.6 linked with libssl: axTLS as measured, with its bugs (axtls.md; oracle key axtls306).
func SDK306SSL() Profile {
	return Profile{
		Name: "SDK306SSL",
		TLS: AxTLS{
			Engine:       axtls.Libssl(),
			SendOnceBug:  true,
			SendEmptyBug: true,
			SendUnready:  true,
			RingWraps:    true,
			SYNUnchecked: true,
		},
		SizeMin:          sizeMinSDK,
		SizePerRole:      true,
		NameDash:         true,
		SizesDiffer:      ARG,
		DefaultAnyLength: true,
		ClockNeeded:      true,
		OneUp:            true,
		AcceptAgain:      OK,
		SecondRefused:    true,
		CAEntries:        3,
		FlightCut:        true,
		DataWithFinished: true,
		SendStuck:        true,
		DanglingPCB:      true,
		MixedWorks:       true,
		SendStateFirst:   true,
		DisconnectTwice:  true,
		RegistCrashes:    true,
		FrameCrashes:     true,
		AcceptCrashes:    true,
		LineCrashes:      true,
	}
}

// ManualV10 is what the SSL manual V1.0 (2015) promises; where it is silent, axTLS without its bugs decides
// (manual-profile.md, last paragraph).
func ManualV10() Profile {
	return Profile{
		Name: "ManualV10",
		TLS: AxTLS{
			Engine: axtls.Engine{},
		},
		SizeMin:           1,
		SizePerRole:       true,
		ConnectNullProto:  true,
		OneClient:         true,
		OneUse:            true,
		AcceptAgain:       ISCONN,
		AcceptChecks:      true,
		SecondRefused:     true,
		FreePort:          true,
		DisconnectLater:   true,
		CertReqClientOnly: true,
		CAEntries:         2,
		V10:               true,
	}
}

// AllProfiles returns every profile that ProfileByName knows: those of [Profiles], then the ones with axTLS.
func AllProfiles() []Profile { return append(Profiles(), ManualV10(), SDK306SSL()) }
