/* A device that is configured by a phone: a soft-AP with a page on port 80 that lists the access points of a scan. */
#include "ets_sys.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "espconn.h"

static struct espconn server;
static esp_tcp tcp;
static struct espconn *asking;
static os_timer_t led;
static char page[256];

static void scan_done(void *arg, STATUS status)
{
	struct bss_info *b;
	char *at = page;

	at += os_sprintf(at, "HTTP/1.0 200 OK\r\n\r\n");
	for (b = arg; b; b = STAILQ_NEXT(b, next)) {
		os_printf("found %s, len %d, " MACSTR ", channel %d, rssi %d, auth %d, ciphers %d %d, n %d\n", b->ssid, b->ssid_len, MAC2STR(b->bssid), b->channel,
			b->rssi, b->authmode, b->pairwise_cipher, b->group_cipher, b->phy_11n);
		at += os_sprintf(at, "%s\n", b->ssid);
	}
	os_printf("scan %d, heap %d\n", status, system_get_free_heap_size() > 0);
	if (asking)
		os_printf("sent %d\n", espconn_send(asking, (uint8 *)page, at - page));
}

static void on_sent(void *arg)
{
	asking = NULL;
	espconn_disconnect(arg);
}

static void on_recv(void *arg, char *data, unsigned short len)
{
	struct station_info *list = wifi_softap_get_station_info(), *s;
	struct scan_config c;

	for (s = list; s; s = STAILQ_NEXT(s, next))
		os_printf("station " MACSTR " at " IPSTR "\n", MAC2STR(s->bssid), IP2STR(&s->ip));
	wifi_softap_free_station_info();
	os_printf("request %d bytes, %d stations\n", len, wifi_softap_get_station_num());
	asking = arg;
	os_memset(&c, 0, sizeof c);
	c.show_hidden = 1;
	c.scan_time.active.max = 100;
	os_printf("scanning %d\n", wifi_station_scan(&c, scan_done));
}

static void on_connect(void *arg)
{
	struct espconn *c = arg;

	os_printf("connect from " IPSTR "\n", IP2STR(c->proto.tcp->remote_ip));
	espconn_regist_recvcb(c, on_recv);
	espconn_regist_sentcb(c, on_sent);
}

static void on_wifi(System_Event_t *e)
{
	Event_Info_u *i = &e->event_info;

	switch (e->event) {
	case EVENT_SOFTAPMODE_STACONNECTED:
		os_printf("joined " MACSTR ", aid %d\n", MAC2STR(i->sta_connected.mac), i->sta_connected.aid);
		break;
	case EVENT_SOFTAPMODE_DISTRIBUTE_STA_IP:
		os_printf("gave " IPSTR " to aid %d\n", IP2STR(&i->distribute_sta_ip.ip), i->distribute_sta_ip.aid);
		break;
	case EVENT_SOFTAPMODE_STADISCONNECTED:
		os_printf("left " MACSTR ", aid %d\n", MAC2STR(i->sta_disconnected.mac), i->sta_disconnected.aid);
		break;
	case EVENT_SOFTAPMODE_PROBEREQRECVED:
		os_printf("probe %d dBm, " MACSTR "\n", i->ap_probereqrecved.rssi, MAC2STR(i->ap_probereqrecved.mac));
		break;
	}
}

static void woken(void)
{
	os_printf("woken, mode %d\n", wifi_get_opmode());
	wifi_fpm_close();
	wifi_set_opmode_current(SOFTAP_MODE);
}

static void sleep_now(void *arg)
{
	wifi_set_opmode_current(NULL_MODE);
	wifi_fpm_set_sleep_type(MODEM_SLEEP_T);
	wifi_fpm_open();
	wifi_fpm_set_wakeup_cb(woken);
	os_printf("sleep %d\n", wifi_fpm_do_sleep(5000000));
}

void user_init(void)
{
	struct softap_config c;
	struct dhcps_lease lease;
	struct ip_info info;
	struct station_config aps[5];
	wifi_country_t country;
	uint8 off = 0, mac[6] = {0x1a, 0xfe, 0x34, 7, 7, 7}, rate, mask;

	wifi_set_opmode(STATIONAP_MODE);
	os_printf("default %d, mac %d\n", wifi_softap_get_config(&c), wifi_set_macaddr(SOFTAP_IF, mac));
	os_printf("%s, len %d, channel %d, auth %d, max %d, beacon %d\n", c.ssid, c.ssid_len, c.channel, c.authmode, c.max_connection, c.beacon_interval);
	os_memset(c.ssid, 0, sizeof c.ssid);
	os_strcpy((char *)c.ssid, "configure me");
	os_strcpy((char *)c.password, "short");
	c.ssid_len = 0;
	c.authmode = AUTH_WPA_WPA2_PSK;
	os_printf("short password %d", wifi_softap_set_config(&c));
	os_strcpy((char *)c.password, "12345678");
	os_printf(", good one %d\n", wifi_softap_set_config(&c));

	lease.enable = 1;
	IP4_ADDR(&lease.start_ip, 192, 168, 9, 20);
	IP4_ADDR(&lease.end_ip, 192, 168, 9, 30);
	IP4_ADDR(&info.ip, 192, 168, 9, 1);
	IP4_ADDR(&info.netmask, 255, 255, 255, 0);
	info.gw = info.ip;
	os_printf("stop %d, ip %d, lease %d, time %d, start %d, status %d, offer %d\n", wifi_softap_dhcps_stop(), wifi_set_ip_info(SOFTAP_IF, &info),
		wifi_softap_set_dhcps_lease(&lease), wifi_softap_set_dhcps_lease_time(30), wifi_softap_dhcps_start(), wifi_softap_dhcps_status(),
		wifi_softap_set_dhcps_offer_option(OFFER_ROUTER, &off));
	os_memset(&lease, 0, sizeof lease);
	os_printf("lease %d " IPSTR ", minutes %d, enable %d\n", wifi_softap_get_dhcps_lease(&lease), IP2STR(&lease.end_ip), wifi_softap_get_dhcps_lease_time(),
		lease.enable);
	os_printf("broadcast %d %d\n", wifi_get_broadcast_if(), wifi_set_broadcast_if(3));

	wifi_station_ap_number_set(3);
	os_printf("aps %d, %s, id %d, change %d\n", wifi_station_get_ap_info(aps), aps[0].ssid, wifi_station_get_current_ap_id(), wifi_station_ap_change(7));
	aps[0].threshold.rssi = -70;
	aps[0].threshold.authmode = AUTH_WPA_PSK;
	aps[0].channel = 3;
	aps[0].all_channel_scan = 1;
	wifi_station_set_config_current(&aps[0]);
	wifi_station_get_config(&aps[1]);
	os_printf("threshold %d %d, channel %d, all %d\n", aps[1].threshold.rssi, aps[1].threshold.authmode, aps[1].channel, aps[1].all_channel_scan);
	wifi_station_get_config_default(&aps[1]);
	wifi_station_set_config_current(&aps[1]);
	wifi_station_set_hostname("configured");
	os_printf("hostname %s, rssi %d, auto %d, dhcp %d %d\n", wifi_station_get_hostname(), wifi_station_get_rssi(), wifi_station_get_auto_connect(),
		wifi_station_dhcpc_status(), wifi_station_dhcpc_set_maxtry(5));
	wifi_get_country(&country);
	os_printf("country %c%c %d %d\n", country.cc[0], country.cc[1], country.schan, country.nchan);
	wifi_set_user_fixed_rate(FIXED_RATE_MASK_ALL, PHY_RATE_6);
	wifi_get_user_fixed_rate(&mask, &rate);
	os_printf("rate %d %d, phy %d, sleep %d, channel %d %d\n", mask, rate, wifi_get_phy_mode(), wifi_get_sleep_type(), wifi_set_channel(9), wifi_set_channel(14));
	wifi_set_event_handler_cb(on_wifi);

	server.type = ESPCONN_TCP;
	server.proto.tcp = &tcp;
	tcp.local_port = 80;
	espconn_regist_connectcb(&server, on_connect);
	os_printf("accept %d\n", espconn_accept(&server));
	os_timer_disarm(&led);
	os_timer_setfn(&led, sleep_now, NULL);
	os_timer_arm(&led, 60000, 0);
}
