package espconn

import (
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// SDK306SSL is SDK 2.0.0 to 3.0.6 linked with libssl: engine X as measured, with its bugs (axtls.md; oracle key axtls306).
func SDK306SSL() Profile {
	return Profile{
		Name:            "SDK306SSL",
		Engine:          boundedtls.EngineX(),
		SizeMin:         sizeMinSDK,
		SizePerRole:     true,
		SizesDiffer:     ARG,
		ClockNeeded:     true,
		OneUp:           true,
		AcceptAgain:     OK,
		SecondRefused:   true,
		CAEntries:       3,
		FlightCut:       true,
		SendStuck:       true,
		DanglingPCB:     true,
		SendOnceBug:     true,
		SendEmptyBug:    true,
		SendUnready:     true,
		DisconnectTwice: true,
		RegistCrashes:   true,
	}
}

// ManualV10 is what the SSL manual V1.0 (2015) promises; where it is silent, engine X without its bugs decides
// (manual-profile.md, last paragraph).
func ManualV10() Profile {
	return Profile{
		Name:              "ManualV10",
		Engine:            boundedtls.EngineX().WithoutBugs(),
		SizeMin:           1,
		SizePerRole:       true,
		ConnectNullProto:  true,
		OneClient:         true,
		AcceptAgain:       ISCONN,
		AcceptChecks:      true,
		SecondRefused:     true,
		DisconnectLater:   true,
		CertReqClientOnly: true,
		CAEntries:         2,
		V10:               true,
	}
}

// AllProfiles returns every profile that ProfileByName knows: those of [Profiles], then the ones with engine X.
func AllProfiles() []Profile { return append(Profiles(), ManualV10(), SDK306SSL()) }

// inV10 are the functions of the manual V1.0 (4.1 to 4.8).
var inV10 = map[string]bool{
	"espconn_secure_ca_disable": true, "espconn_secure_ca_enable": true, "espconn_secure_accept": true,
	"espconn_secure_set_size": true, "espconn_secure_get_size": true, "espconn_secure_connect": true,
	"espconn_secure_sent": true, "espconn_secure_disconnect": true,
}

// checkV10 reports the use of a secure function that the manual V1.0 does not have.
func (a *API) checkV10(c Ref, name string) {
	if a.profile.V10 && strings.HasPrefix(name, "espconn_secure_") && !inV10[name] {
		a.finding(c, RuleNotInV10, "%s is not in V1.0", name)
	}
}
