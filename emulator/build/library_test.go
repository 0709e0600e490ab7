package build

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Headers of what the emulator has none of are harmless where firmware names what is in them, and what it calls there is named:
// lwIP's packets and interfaces, the DMA's registers, SDIO. The C locale is there.
func TestHarmlessHeaders(t *testing.T) {
	files := map[string]string{"main.c": `
#include <locale.h>
#include "osapi.h"
#include "driver/sdio_slv.h"
#include "driver/slc_register.h"
#include "lwip/netif.h"
#include "lwip/pbuf.h"
static volatile int never;
void user_init(void)
{
	struct netif n = {0};
	struct pbuf p = {0};

	p.tot_len = 1500;
	n.hwaddr[5] = 0x42;
	netif_set_hostname(&n, "kitchen");
	os_printf("%s %d %x %d\n", netif_get_hostname(&n), p.tot_len, n.hwaddr[5], netif_is_up(&n));
	WRITE_PERI_REG(SLC_RX_LINK, SLC_RXLINK_START | (0x3ffe8000 & SLC_RXLINK_DESCADDR_MASK));
	os_printf("link %x\n", READ_PERI_REG(SLC_RX_LINK));
	os_printf("[%s] [%s] %s %d\n", localeconv()->decimal_point, localeconv()->thousands_sep, setlocale(LC_ALL, ""),
		setlocale(LC_NUMERIC, "de_DE") == 0);
	if (never) {
		pbuf_free(pbuf_alloc(PBUF_TRANSPORT, 10, PBUF_RAM));
		os_printf("%p %d\n", eagle_lwip_getif(0), sdio_register_recv_cb(0));
	}
}
`}
	texts := []string{"kitchen 1500 42 0\n", "link 200e8000\n", "[.] [] C 1\n"}
	missing := []string{"eagle_lwip_getif", "pbuf_alloc", "pbuf_free", "sdio_register_recv_cb"}
	t.Run(EngineWasm, func(t *testing.T) {
		needTools(t)
		assert.ElementsMatch(t, missing, bootFiles(t, options(t, tree(t, files)), texts...).Missing)
	})
	t.Run(EngineLX106, func(t *testing.T) {
		needGCC(t)
		assert.ElementsMatch(t, missing, bootLX106(t, options(t, tree(t, files)), texts...).Missing)
	})
}
