package mbedtls

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// The causes that no peer can provoke in a test's time. The others: TestEveryCause of package boundedtls.
func TestCounterAtItsEnd(t *testing.T) {
	client, _ := connected(t, Late())
	client.seqOut = math.MaxUint64
	_, err := client.Write([]byte("last"))
	require.NotNil(t, err)
	assert.Equal(t, boundedtls.CauseCounter, err.Cause.ID)
}
