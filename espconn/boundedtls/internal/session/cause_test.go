package session

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Each alert of the peer has the cause that its remedy belongs to; of bad_certificate the device's role decides whether one may be missing.
func TestAlert(t *testing.T) {
	both := func(id boundedtls.CauseID) [2]boundedtls.CauseID { return [2]boundedtls.CauseID{id, id} }
	for desc, want := range map[byte][2]boundedtls.CauseID{ // as client, as server
		10: both(boundedtls.CauseAlert), 20: both(boundedtls.CauseAlertKey), 21: both(boundedtls.CauseAlert),
		22: both(boundedtls.CauseAlertLength), 40: both(boundedtls.CauseAlertSuite), 41: both(boundedtls.CauseAlert),
		42: {boundedtls.CauseAlertNoCertificate, boundedtls.CauseAlertCertificate},
		43: both(boundedtls.CauseAlertCertificate), 44: both(boundedtls.CauseAlertCertificate), 45: both(boundedtls.CauseAlertCertificate),
		46: both(boundedtls.CauseAlertCertificate), 47: both(boundedtls.CauseAlert), 48: both(boundedtls.CauseAlertCertificate),
		49: both(boundedtls.CauseAlert), 51: both(boundedtls.CauseAlertKey), 70: both(boundedtls.CauseAlertVersion),
		71: both(boundedtls.CauseAlertSuite), 112: both(boundedtls.CauseAlertName), 116: both(boundedtls.CauseAlertNoCertificate),
	} {
		for n, role := range []boundedtls.Role{boundedtls.Client, boundedtls.Server} {
			assert.Equal(t, want[n], Alert(role, desc).ID, "alert %d, role %v", desc, role)
		}
	}
}
