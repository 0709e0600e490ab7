package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/wasm"
)

// Firmware that names scannum gets it, with the number of the last scan; others do not have it.
func TestScannum(t *testing.T) {
	needTools(t)
	o := options(t, tree(t, map[string]string{"main.c": `
#include "osapi.h"
#include "user_interface.h"
extern uint16 scannum;
static void scanned(void *list, STATUS status) { os_printf("found %d, status %d\n", scannum, status); }
static void start(void)
{
	struct scan_config one = {.channel = 6}; /* quicker than all of them */

	os_printf("before %d, %d\n", scannum, wifi_station_scan(&one, scanned));
}
void user_init(void)
{
	wifi_station_set_auto_connect(0);
	system_init_done_cb(start);
}
`}))
	_, err := Build(t.Context(), o)
	require.NoError(t, err)
	b, err := os.ReadFile(filepath.Join(o.Dir, "out.wasm"))
	require.NoError(t, err)
	image, err := wasm.Load(b)
	require.NoError(t, err)
	defer image.Close()
	assert.Empty(t, image.Missing())
	boot(t, image, "before 0, 1\n", "found 1, status 0\n")
}
