/* Firmware that means harm: it uses up what the emulator keeps for it. Sector 0x100 of the flash says how. */
#include "osapi.h"
#include "user_interface.h"
#include "espconn.h"
#include "mem.h"

static uint32 mode;
static os_timer_t timer;
static os_event_t queue[4];
static struct espconn conn;
static esp_udp udp;
static uint32 runs;
static uint8 area[300000];

static void again(void *arg) { runs++; }

static void post_again(os_event_t *e)
{
	runs++;
	system_os_post(0, 0, 0);
}

static void sent(void *arg)
{
	runs++;
	espconn_send(&conn, (uint8 *)"x", 1); /* calls sent again, from within */
}

static void run(void *arg)
{
	uint32 i;

	switch (mode) {
	case 1: /* a timer at each address */
		for (i = 0; i < sizeof(area) - sizeof(os_timer_t); i += sizeof(os_timer_t)) {
			os_timer_t *t = (os_timer_t *)(area + i);

			os_timer_setfn(t, again, NULL);
			os_timer_arm(t, 1000000, 0);
			system_soft_wdt_feed();
		}
		os_printf("%u timers\n", (unsigned)(i / sizeof(os_timer_t)));
		break;
	case 2: /* a task that posts itself */
		system_os_task(post_again, 0, queue, 4);
		system_os_post(0, 0, 0);
		break;
	case 3: /* a timer of 0 ms for ever */
		os_timer_setfn(&timer, again, NULL);
		os_timer_arm(&timer, 0, 1);
		break;
	case 4: /* a callback that calls itself through the SDK */
		conn.type = ESPCONN_UDP;
		conn.proto.udp = &udp;
		udp.remote_port = 9;
		os_memcpy(udp.remote_ip, "\377\377\377\377", 4);
		udp.local_port = 1000;
		espconn_create(&conn);
		espconn_regist_sentcb(&conn, sent);
		espconn_send(&conn, (uint8 *)"x", 1);
		os_printf("back\n");
		break;
	case 5: /* text without end */
		for (;;)
			os_printf("%2000000000d", 1);
	case 6: /* heap, again and again */
		for (;;)
			os_malloc(1);
	case 7: /* 4 GB of memory, in one piece and in pages */
		os_printf("%d", __builtin_wasm_memory_grow(0, 65535));
		for (i = 0; i < 65536; i++)
			__builtin_wasm_memory_grow(0, 1);
		os_printf(" %d pages\n", __builtin_wasm_memory_size(0));
		break;
	case 8: /* connections without end */
		for (i = 0; i < 2000; i++) {
			struct espconn *c = (struct espconn *)(area + i * 64);
			esp_udp *u = (esp_udp *)(area + i * 64 + 32);

			c->type = ESPCONN_UDP;
			c->proto.udp = u;
			u->local_port = 1000 + i;
			if (espconn_create(c) != 0)
				break;
		}
		os_printf("%u connections\n", (unsigned)i);
		break;
	}
}

void user_init(void)
{
	spi_flash_read(0x100000, &mode, 4);
	os_timer_setfn(&timer, run, NULL);
	os_timer_arm(&timer, 3000, 0);
}
