/* A station that a phone configures: ESP-TOUCH or AirKiss. MIT licence. */
#include "osapi.h"
#include "user_interface.h"
#include "smartconfig.h"
#include "ip_addr.h"

static void on_status(sc_status status, void *data)
{
	os_printf("status %d", status);
	switch (status) {
	case SC_STATUS_GETTING_SSID_PSWD:
		os_printf(", type %d\n", *(sc_type *)data);
		break;
	case SC_STATUS_LINK: {
		struct station_config *c = data;

		os_printf(", %s, %s, bssid %d\n", c->ssid, c->password, c->bssid_set);
		wifi_station_set_config(c);
		wifi_station_disconnect();
		wifi_station_connect();
		break;
	}
	case SC_STATUS_LINK_OVER:
		if (data)
			os_printf(", phone " IPSTR "\n", IP2STR((struct ip_addr *)data));
		else
			os_printf(", AirKiss\n");
		os_printf("stop %d\n", smartconfig_stop());
		break;
	default:
		os_printf(", data %d\n", data != NULL);
	}
}

void user_init(void)
{
	os_printf("version %s\n", smartconfig_get_version());
	wifi_set_opmode(STATION_MODE);
	os_printf("type %d, timeout %d\n", smartconfig_set_type(SC_TYPE_ESPTOUCH_AIRKISS), esptouch_set_timeout(30));
	os_printf("start %d\n", smartconfig_start(on_status, 1));
	os_printf("twice %d\n", smartconfig_start(on_status));
}
