package session

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Each alert of the peer has the cause that its remedy belongs to; which that is depends on what the two sides have said before.
func TestAlert(t *testing.T) {
	const (
		other, suite, refused = boundedtls.CauseAlert, boundedtls.CauseAlertSuite, boundedtls.CauseAlertCertificate
		missing, over         = boundedtls.CauseAlertNoCertificate, boundedtls.CauseAlertCertificateOver
		key                   = boundedtls.CauseAlertKey
	)
	talks := []Talk{
		{Role: boundedtls.Client},
		{Role: boundedtls.Client, Agreed: true},
		{Role: boundedtls.Client, Agreed: true, Asked: true},
		{Role: boundedtls.Client, Agreed: true, Asked: true, Own: true},
		{Role: boundedtls.Server, Agreed: true},
	}
	all := func(id boundedtls.CauseID) []boundedtls.CauseID { return []boundedtls.CauseID{id, id, id, id, id} }
	for desc, want := range map[byte][]boundedtls.CauseID{
		10: all(other), 20: all(key), 21: all(other), 22: all(boundedtls.CauseAlertLength),
		40: {suite, other, missing, refused, suite}, 71: {suite, other, missing, refused, suite},
		41: all(other), 42: {missing, missing, missing, refused, refused}, 43: all(refused), 44: all(over), 45: all(over),
		46: all(refused), 47: all(other), 48: all(refused), 49: all(other), 51: all(key), 70: all(boundedtls.CauseAlertVersion),
		112: all(boundedtls.CauseAlertName), 116: all(missing),
	} {
		for n, talk := range talks {
			assert.Equal(t, want[n], Alert(talk, desc).ID, "alert %d, %+v", desc, talk)
		}
	}
}
