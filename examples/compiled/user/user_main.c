/* A meter: messages on TCP port 5000 say what flows, one byte for the kind and four for the milliamperes, lowest byte first. */
#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"
#include "espconn.h"

static struct espconn meter;
static esp_tcp tcp;
static uint32 total;

static uint32 ICACHE_FLASH_ATTR milliamperes(const char *message)
{
#ifdef FIXED
	uint32 value;

	os_memcpy(&value, message + 1, sizeof(value));
	return value;
#else
	return *(uint32 *)(message + 1);
#endif
}

static void ICACHE_FLASH_ATTR received(void *arg, char *data, unsigned short len)
{
	uint32 value;

	if (len < 5)
		return;
	value = milliamperes(data);
	total += value;
	os_printf("kind %d: %u mA, %u in all\n", data[0], value, total);
}

void ICACHE_FLASH_ATTR user_init(void)
{
	os_printf("meter, SDK %s\n", system_get_sdk_version());
	meter.type = ESPCONN_TCP;
	meter.proto.tcp = &tcp;
	tcp.local_port = 5000;
	espconn_regist_recvcb(&meter, received);
	espconn_accept(&meter);
}
