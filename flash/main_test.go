package flash_test

import (
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// long makes the tests that have a -long size take it: go test ./flash -long.
var long = flag.Bool("long", false, "run the long form of the property and kill tests")

func TestMain(m *testing.M) {
	if spec := os.Getenv(killChildEnv); spec != "" {
		killChild(spec)
		return
	}
	goleak.VerifyTestMain(m)
}
