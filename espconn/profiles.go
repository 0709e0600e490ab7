package espconn

import (
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls"
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
	blockBytesA = 1276
	blockBytesB = 1296
)

// Limits of the manual profile.
const (
	mutualSizeMax = 3072 // manual V2.1 4.2
	sendMax       = 1024 // manual V2.1 5.6
)

// ManualV21 is what the SSL manual V2.1 promises; where it is silent the manual V1.0 and then SDK 2.2.1 without its bugs
// decide (manual-profile.md #1). The library's default.
func ManualV21() Profile {
	return Profile{
		Name:              "ManualV21",
		Engine:            boundedtls.EngineA().WithoutBugs(),
		BlockBytes:        blockBytesA,
		SizeMin:           1,
		SizePerRole:       true,
		MutualSizeMax:     mutualSizeMax,
		ConnectNullProto:  true,
		OneClient:         true,
		AcceptAgain:       ISCONN,
		AcceptChecks:      true,
		SecondRefused:     true,
		SendMax:           sendMax,
		DisconnectLater:   true,
		CertReqClientOnly: true,
		CAEntries:         2,
		EntryLine:         661,
	}
}

// SDK301 is SDK 3.0.1 as it is: the early mbedTLS engine and all bugs of the source (tls.md 0; oracle key v301).
func SDK301() Profile {
	return Profile{
		Name:               "SDK301",
		Engine:             boundedtls.EngineA(),
		BlockBytes:         blockBytesA,
		SizeMin:            sizeMinSDK,
		SizeLive:           true,
		StatusReturned:     true,
		AcceptAgain:        INPROGRESS,
		DeleteCrashes:      true,
		SendStateFirst:     true,
		SendNullCrashes:    true,
		SendStuck:          true,
		DanglingPCB:        true,
		MixedWorks:         true,
		DisconnectByState:  true,
		DefaultEmpty:       true,
		DefaultLeaks:       true,
		CAEntries:          1,
		ScanLoops:          true,
		EntryLine:          662,
		FlightCut:          true,
		AckCountBug:        true,
		DataWithFinished:   true,
		EmptyRecordsStop:   true,
		RingSilent:         true,
		CloseStays:         true,
		ListenerClosed:     true,
		DeadListener:       true,
		StaleStatus:        true,
		StateNeedsCallback: true,
		RegistCrashes:      true,
	}
}

// SDK221 is SDK 2.2.1: SDK301 with sizes below 4,096 raised to it and line 661 in the log (tls.md 0).
func SDK221() Profile {
	p := SDK301()
	p.Name = "SDK221"
	p.SizeRaise = sizeMin221
	p.EntryLine = 661
	return p
}

// SDK306 is SDK 3.0.2 to 3.0.6: the late mbedTLS engine, the same API layer (tls.md 0; oracle key head).
func SDK306() Profile {
	p := SDK301()
	p.Name = "SDK306"
	p.Engine = boundedtls.EngineB()
	p.BlockBytes = blockBytesB
	return p
}

// Profiles returns the profiles of the mbedTLS engines, the default first: what a tool tries when nobody names one.
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
