/* System and Wi-Fi calls (sdk-surface.md, user_interface.h; layouts of SDK 3.0). Own text of emu8266, MIT licence. */
#ifndef __USER_INTERFACE_H__
#define __USER_INTERFACE_H__

#include "c_types.h"
#include "gpio.h"
#include "ip_addr.h"
#include "os_type.h"
#include "queue.h"
#include "spi_flash.h"
#if __has_include("user_config.h")
#include "user_config.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define MAC2STR(a) (a)[0], (a)[1], (a)[2], (a)[3], (a)[4], (a)[5]
#define MACSTR "%02x:%02x:%02x:%02x:%02x:%02x"

enum { USER_TASK_PRIO_0 = 0, USER_TASK_PRIO_1, USER_TASK_PRIO_2, USER_TASK_PRIO_MAX };

typedef void (*init_done_cb_t)(void);

ESP_SDK bool system_os_task(os_task_t task, uint8 prio, os_event_t *queue, uint8 qlen);
ESP_SDK bool system_os_post(uint8 prio, os_signal_t sig, os_param_t par);
ESP_SDK void system_init_done_cb(init_done_cb_t cb);
ESP_SDK uint32 system_get_time(void);
ESP_SDK uint32 system_get_free_heap_size(void);
ESP_SDK uint32 system_get_chip_id(void);
ESP_SDK const char *system_get_sdk_version(void);
ESP_SDK void system_set_os_print(uint8 onoff);
ESP_SDK uint8 system_get_os_print(void);
ESP_SDK void system_soft_wdt_feed(void);
ESP_SDK void wdt_feed(void); /* the same */
ESP_SDK void system_soft_wdt_stop(void);
ESP_SDK void system_soft_wdt_restart(void);
ESP_SDK void system_timer_reinit(void); /* before anything else in user_init; needed for os_timer_arm_us */
ESP_SDK void system_print_meminfo(void);
ESP_SDK void system_show_malloc(void);
uint64 system_mktime(uint32 year, uint32 month, uint32 day, uint32 hour, uint32 minute, uint32 second); /* linked into the firmware */

/* Upgrade over the air; upgrade.h has the rest. */
#define UPGRADE_FW_BIN1 0x00
#define UPGRADE_FW_BIN2 0x01
ESP_SDK uint8 system_upgrade_userbin_check(void);
ESP_SDK void system_upgrade_reboot(void);
ESP_SDK uint8 system_upgrade_flag_check(void);
ESP_SDK void system_upgrade_flag_set(uint8 flag);

#define SYS_BOOT_ENHANCE_MODE 0
#define SYS_BOOT_NORMAL_MODE 1
#define SYS_BOOT_NORMAL_BIN 0
#define SYS_BOOT_TEST_BIN 1

ESP_SDK uint8 system_get_boot_version(void);
ESP_SDK uint32 system_get_userbin_addr(void);
ESP_SDK uint8 system_get_boot_mode(void);
ESP_SDK bool system_restart_enhance(uint8 bin_type, uint32 bin_addr);

/* What the radio does at power-up and how loud it is; only in user_rf_pre_init. */
ESP_SDK void system_phy_set_max_tpw(uint8 max_tpw); /* 0 to 82, in 0.25 dBm */
ESP_SDK void system_phy_set_tpw_via_vdd33(uint16 vdd33);
ESP_SDK void system_phy_set_rfoption(uint8 option);
ESP_SDK void system_phy_set_powerup_option(uint8 option);
#if EMU8266_SDK >= 20100 && EMU8266_SDK < 30000
ESP_SDK void system_phy_freq_trace_enable(bool enable);
#endif

#if EMU8266_SDK >= 30000
/* The table of flash partitions, registered once in user_pre_init. */
typedef enum {
	SYSTEM_PARTITION_INVALID = 0,
	SYSTEM_PARTITION_BOOTLOADER,
	SYSTEM_PARTITION_OTA_1,
	SYSTEM_PARTITION_OTA_2,
	SYSTEM_PARTITION_RF_CAL,
	SYSTEM_PARTITION_PHY_DATA,
	SYSTEM_PARTITION_SYSTEM_PARAMETER,
	SYSTEM_PARTITION_AT_PARAMETER,
	SYSTEM_PARTITION_SSL_CLIENT_CERT_PRIVKEY,
	SYSTEM_PARTITION_SSL_CLIENT_CA,
	SYSTEM_PARTITION_SSL_SERVER_CERT_PRIVKEY,
	SYSTEM_PARTITION_SSL_SERVER_CA,
	SYSTEM_PARTITION_WPA2_ENTERPRISE_CERT_PRIVKEY,
	SYSTEM_PARTITION_WPA2_ENTERPRISE_CA,
	SYSTEM_PARTITION_CUSTOMER_BEGIN = 100,
	SYSTEM_PARTITION_MAX
} partition_type_t;

typedef struct {
	partition_type_t type;
	uint32 addr;
	uint32 size;
} partition_item_t;
ESP_LAYOUT(partition_item_t, 12);

ESP_SDK bool system_partition_table_regist(const partition_item_t *table, uint32 count, uint32 map);
ESP_SDK bool system_partition_get_item(partition_type_t type, partition_item_t *item);
ESP_SDK uint32_t system_partition_get_ota_partition_size(void);
#endif

/* Size of the flash in Mbit, and of the two places for programs in KB. */
enum flash_size_map {
	FLASH_SIZE_4M_MAP_256_256 = 0,
	FLASH_SIZE_2M,
	FLASH_SIZE_8M_MAP_512_512,
	FLASH_SIZE_16M_MAP_512_512,
	FLASH_SIZE_32M_MAP_512_512,
	FLASH_SIZE_16M_MAP_1024_1024,
	FLASH_SIZE_32M_MAP_1024_1024,
	FLASH_SIZE_32M_MAP_2048_2048,
	FLASH_SIZE_64M_MAP_1024_1024,
	FLASH_SIZE_128M_MAP_1024_1024
};

ESP_SDK enum flash_size_map system_get_flash_size_map(void);
ESP_SDK bool system_param_save_with_protect(uint16 start_sector, void *param, uint16 len);
ESP_SDK bool system_param_load(uint16 start_sector, uint16 offset, void *param, uint16 len);

#define NULL_MODE 0x00
#define STATION_MODE 0x01
#define SOFTAP_MODE 0x02
#define STATIONAP_MODE 0x03

#define STATION_IF 0x00
#define SOFTAP_IF 0x01

typedef enum _auth_mode { AUTH_OPEN = 0, AUTH_WEP, AUTH_WPA_PSK, AUTH_WPA2_PSK, AUTH_WPA_WPA2_PSK, AUTH_MAX } AUTH_MODE;

enum { STATION_IDLE = 0, STATION_CONNECTING, STATION_WRONG_PASSWORD, STATION_NO_AP_FOUND, STATION_CONNECT_FAIL, STATION_GOT_IP };

typedef struct {
	sint8 rssi;
	AUTH_MODE authmode;
} wifi_fast_scan_threshold_t;

struct station_config {
	uint8 ssid[32];
	uint8 password[64];
#if EMU8266_SDK >= 30000
	uint8 channel;
#endif
	uint8 bssid_set; /* 0 unless bssid is wanted */
	uint8 bssid[6];
#if EMU8266_SDK >= 20200
	wifi_fast_scan_threshold_t threshold;
#endif
#if EMU8266_SDK >= 30000
	bool open_and_wep_mode_disable;
	bool all_channel_scan;
#endif
};
#if EMU8266_SDK >= 30000
ESP_LAYOUT(struct station_config, 116);
ESP_OFFSET(struct station_config, bssid_set, 97);
#elif EMU8266_SDK >= 20200
ESP_LAYOUT(struct station_config, 112);
ESP_OFFSET(struct station_config, bssid_set, 96);
#else
ESP_LAYOUT(struct station_config, 103);
#endif
#if EMU8266_SDK >= 20200
ESP_OFFSET(struct station_config, threshold, 104);
#endif

ESP_SDK uint8 wifi_get_opmode(void);
ESP_SDK bool wifi_set_opmode(uint8 opmode);
ESP_SDK bool wifi_set_opmode_current(uint8 opmode);
ESP_SDK bool wifi_station_get_config(struct station_config *config);
ESP_SDK bool wifi_station_set_config(struct station_config *config);
ESP_SDK bool wifi_station_set_config_current(struct station_config *config);
ESP_SDK bool wifi_station_connect(void);
ESP_SDK bool wifi_station_disconnect(void);
ESP_SDK bool wifi_station_set_auto_connect(uint8 set);
ESP_SDK uint8 wifi_station_get_connect_status(void);
ESP_SDK bool wifi_get_ip_info(uint8 if_index, struct ip_info *info);
ESP_SDK bool wifi_get_macaddr(uint8 if_index, uint8 *macaddr);
ESP_SDK bool wifi_set_ip_info(uint8 if_index, struct ip_info *info); /* its DHCP client or server must be stopped */
ESP_SDK bool wifi_set_macaddr(uint8 if_index, uint8 *macaddr);       /* in user_init only */
ESP_SDK uint8 wifi_get_opmode_default(void);
ESP_SDK bool wifi_station_get_config_default(struct station_config *config);
ESP_SDK uint8 wifi_station_get_auto_connect(void);
ESP_SDK bool wifi_station_set_reconnect_policy(bool set);
ESP_SDK sint8 wifi_station_get_rssi(void); /* dBm; 31 without an access point */
ESP_SDK bool wifi_station_set_hostname(char *name);
ESP_SDK char *wifi_station_get_hostname(void);

/* Access points that the station remembers, at most 5. */
ESP_SDK bool wifi_station_ap_number_set(uint8 ap_number);
ESP_SDK uint8 wifi_station_get_ap_info(struct station_config config[]);
ESP_SDK bool wifi_station_ap_change(uint8 current_ap_id);
ESP_SDK uint8 wifi_station_get_current_ap_id(void);

enum dhcp_status { DHCP_STOPPED, DHCP_STARTED };

ESP_SDK bool wifi_station_dhcpc_start(void);
ESP_SDK bool wifi_station_dhcpc_stop(void);
ESP_SDK enum dhcp_status wifi_station_dhcpc_status(void);
ESP_SDK bool wifi_station_dhcpc_set_maxtry(uint8 num);

/* Scans. The list lives as long as the callback. */
#if EMU8266_SDK >= 20200
typedef enum _cipher_type {
	CIPHER_NONE = 0,
	CIPHER_WEP40,
	CIPHER_WEP104,
	CIPHER_TKIP,
	CIPHER_CCMP,
	CIPHER_TKIP_CCMP,
	CIPHER_UNKNOWN
} CIPHER_TYPE;

typedef enum { WIFI_SCAN_TYPE_ACTIVE = 0, WIFI_SCAN_TYPE_PASSIVE } wifi_scan_type_t;

typedef struct {
	uint32_t min; /* ms for each channel */
	uint32_t max;
} wifi_active_scan_time_t;

typedef union {
	wifi_active_scan_time_t active;
	uint32_t passive;
} wifi_scan_time_t;
#endif

struct bss_info {
	STAILQ_ENTRY(bss_info) next;
	uint8 bssid[6];
	uint8 ssid[32];
	uint8 ssid_len;
	uint8 channel;
	sint8 rssi;
	AUTH_MODE authmode;
	uint8 is_hidden;
	sint16 freq_offset;
	sint16 freqcal_val;
	uint8 *esp_mesh_ie;
	uint8 simple_pair;
#if EMU8266_SDK >= 20200
	CIPHER_TYPE pairwise_cipher;
	CIPHER_TYPE group_cipher;
	uint32_t phy_11b : 1;
	uint32_t phy_11g : 1;
	uint32_t phy_11n : 1;
	uint32_t wps : 1;
	uint32_t reserved : 28;
#endif
};
#if EMU8266_SDK >= 20200
ESP_LAYOUT(struct bss_info, 80);
ESP_OFFSET(struct bss_info, pairwise_cipher, 68);
#else
ESP_LAYOUT(struct bss_info, 68);
#endif
ESP_OFFSET(struct bss_info, ssid, 10);
ESP_OFFSET(struct bss_info, rssi, 44);
ESP_OFFSET(struct bss_info, authmode, 48);
ESP_OFFSET(struct bss_info, freq_offset, 54);
ESP_OFFSET(struct bss_info, esp_mesh_ie, 60);

struct scan_config {
	uint8 *ssid;  /* NULL: any */
	uint8 *bssid; /* NULL: any */
	uint8 channel; /* 0: all */
	uint8 show_hidden;
#if EMU8266_SDK >= 20200
	wifi_scan_type_t scan_type;
	wifi_scan_time_t scan_time;
#endif
};
#if EMU8266_SDK >= 20200
ESP_LAYOUT(struct scan_config, 24);
ESP_OFFSET(struct scan_config, scan_time, 16);
#else
ESP_LAYOUT(struct scan_config, 12);
#endif

struct espconn;
typedef struct _scaninfo {
	STAILQ_HEAD(, bss_info) * pbss;
	struct espconn *pespconn;
	uint8 totalpage;
	uint8 pagenum;
	uint8 page_sn;
	uint8 data_cnt;
} scaninfo;
ESP_LAYOUT(scaninfo, 12);

typedef void (*scan_done_cb_t)(void *arg, STATUS status);

ESP_SDK bool wifi_station_scan(struct scan_config *config, scan_done_cb_t cb);

/* The soft-AP. */
struct softap_config {
	uint8 ssid[32];
	uint8 password[64];
	uint8 ssid_len; /* 0: up to the NUL */
	uint8 channel;  /* 1 to 13 */
	AUTH_MODE authmode; /* not AUTH_WEP */
	uint8 ssid_hidden;
	uint8 max_connection;
	uint16 beacon_interval; /* 100 to 60000 ms */
};
ESP_LAYOUT(struct softap_config, 108);
ESP_OFFSET(struct softap_config, authmode, 100);
ESP_OFFSET(struct softap_config, beacon_interval, 106);

struct station_info {
	STAILQ_ENTRY(station_info) next;
	uint8 bssid[6];
	struct ip_addr ip;
};
ESP_LAYOUT(struct station_info, 16);
ESP_OFFSET(struct station_info, ip, 12);

struct dhcps_lease {
	bool enable;
	struct ip_addr start_ip;
	struct ip_addr end_ip;
};
ESP_LAYOUT(struct dhcps_lease, 12);

enum dhcps_offer_option { OFFER_START = 0x00, OFFER_ROUTER = 0x01, OFFER_END };

ESP_SDK bool wifi_softap_get_config(struct softap_config *config);
ESP_SDK bool wifi_softap_get_config_default(struct softap_config *config);
ESP_SDK bool wifi_softap_set_config(struct softap_config *config);
ESP_SDK bool wifi_softap_set_config_current(struct softap_config *config);
ESP_SDK uint8 wifi_softap_get_station_num(void);
ESP_SDK struct station_info *wifi_softap_get_station_info(void); /* give it back: */
ESP_SDK void wifi_softap_free_station_info(void);
ESP_SDK bool wifi_softap_dhcps_start(void);
ESP_SDK bool wifi_softap_dhcps_stop(void);
ESP_SDK enum dhcp_status wifi_softap_dhcps_status(void);
ESP_SDK bool wifi_softap_set_dhcps_lease(struct dhcps_lease *lease);
ESP_SDK bool wifi_softap_get_dhcps_lease(struct dhcps_lease *lease);
ESP_SDK uint32 wifi_softap_get_dhcps_lease_time(void); /* minutes */
ESP_SDK bool wifi_softap_set_dhcps_lease_time(uint32 minute);
ESP_SDK bool wifi_softap_reset_dhcps_lease_time(void);
ESP_SDK bool wifi_softap_set_dhcps_offer_option(uint8 level, void *optarg);
ESP_SDK uint8 wifi_get_broadcast_if(void);
ESP_SDK bool wifi_set_broadcast_if(uint8 interface);

/* The radio. */
enum phy_mode { PHY_MODE_11B = 1, PHY_MODE_11G = 2, PHY_MODE_11N = 3 };
enum sleep_type { NONE_SLEEP_T = 0, LIGHT_SLEEP_T, MODEM_SLEEP_T };

ESP_SDK uint8 wifi_get_channel(void);
ESP_SDK bool wifi_set_channel(uint8 channel);
ESP_SDK enum phy_mode wifi_get_phy_mode(void);
ESP_SDK bool wifi_set_phy_mode(enum phy_mode mode);
ESP_SDK enum sleep_type wifi_get_sleep_type(void);
ESP_SDK bool wifi_set_sleep_type(enum sleep_type type);
#if EMU8266_SDK >= 30000
enum sleep_level { MIN_SLEEP_T, MAX_SLEEP_T };

ESP_SDK enum sleep_level wifi_get_sleep_level(void);
ESP_SDK bool wifi_set_sleep_level(enum sleep_level level);
ESP_SDK uint8 wifi_get_listen_interval(void);
ESP_SDK bool wifi_set_listen_interval(uint8 interval);
#endif

#if EMU8266_SDK >= 20200
typedef enum { WIFI_COUNTRY_POLICY_AUTO, WIFI_COUNTRY_POLICY_MANUAL } WIFI_COUNTRY_POLICY;

typedef struct {
	char cc[3];
	uint8_t schan;
	uint8_t nchan;
	uint8_t policy;
} wifi_country_t;
ESP_LAYOUT(wifi_country_t, 6);

ESP_SDK bool wifi_get_country(wifi_country_t *country);
ESP_SDK bool wifi_set_country(wifi_country_t *country);
#endif

/* Forced sleep, in NULL_MODE. */
typedef void (*fpm_wakeup_cb)(void);

ESP_SDK void wifi_fpm_open(void);
ESP_SDK void wifi_fpm_close(void);
ESP_SDK sint8 wifi_fpm_do_sleep(uint32 sleep_time_in_us);
ESP_SDK void wifi_fpm_do_wakeup(void);
ESP_SDK enum sleep_type wifi_fpm_get_sleep_type(void);
ESP_SDK void wifi_fpm_set_sleep_type(enum sleep_type type);
ESP_SDK void wifi_fpm_set_wakeup_cb(fpm_wakeup_cb cb);
ESP_SDK void wifi_fpm_auto_sleep_set_in_null_mode(uint8 req);

/* WPS with the button. */
typedef enum wps_type { WPS_TYPE_DISABLE = 0, WPS_TYPE_PBC, WPS_TYPE_PIN, WPS_TYPE_DISPLAY, WPS_TYPE_MAX } WPS_TYPE_t;
enum wps_cb_status { WPS_CB_ST_SUCCESS = 0, WPS_CB_ST_FAILED, WPS_CB_ST_TIMEOUT, WPS_CB_ST_WEP };
typedef void (*wps_st_cb_t)(int status);

ESP_SDK bool wifi_wps_enable(WPS_TYPE_t wps_type);
ESP_SDK bool wifi_wps_disable(void);
ESP_SDK bool wifi_wps_start(void);
ESP_SDK bool wifi_set_wps_cb(wps_st_cb_t cb);

/* Raw frames. */
typedef void (*wifi_promiscuous_cb_t)(uint8 *buf, uint16 len);
typedef void (*freedom_outside_cb_t)(uint8 status);

ESP_SDK void wifi_promiscuous_enable(uint8 promiscuous);
ESP_SDK void wifi_set_promiscuous_rx_cb(wifi_promiscuous_cb_t cb);
ESP_SDK void wifi_promiscuous_set_mac(const uint8_t *address);
ESP_SDK int wifi_register_send_pkt_freedom_cb(freedom_outside_cb_t cb);
ESP_SDK void wifi_unregister_send_pkt_freedom_cb(void);
ESP_SDK int wifi_send_pkt_freedom(uint8 *buf, int len, bool sys_seq);

enum FIXED_RATE {
	PHY_RATE_48 = 0x8,
	PHY_RATE_24 = 0x9,
	PHY_RATE_12 = 0xA,
	PHY_RATE_6 = 0xB,
	PHY_RATE_54 = 0xC,
	PHY_RATE_36 = 0xD,
	PHY_RATE_18 = 0xE,
	PHY_RATE_9 = 0xF
};
#define FIXED_RATE_MASK_NONE 0x00
#define FIXED_RATE_MASK_STA 0x01
#define FIXED_RATE_MASK_AP 0x02
#define FIXED_RATE_MASK_ALL 0x03

ESP_SDK int wifi_set_user_fixed_rate(uint8 enable_mask, uint8 rate);
ESP_SDK int wifi_get_user_fixed_rate(uint8 *enable_mask, uint8 *rate);

enum {
	EVENT_STAMODE_CONNECTED = 0,
	EVENT_STAMODE_DISCONNECTED,
	EVENT_STAMODE_AUTHMODE_CHANGE,
	EVENT_STAMODE_GOT_IP,
	EVENT_STAMODE_DHCP_TIMEOUT,
	EVENT_SOFTAPMODE_STACONNECTED,
	EVENT_SOFTAPMODE_STADISCONNECTED,
	EVENT_SOFTAPMODE_PROBEREQRECVED,
	EVENT_OPMODE_CHANGED,
	EVENT_SOFTAPMODE_DISTRIBUTE_STA_IP,
	EVENT_MAX
};

/* Reasons of EVENT_STAMODE_DISCONNECTED: those of IEEE 802.11, and the SDK's own from 200 on. */
enum {
	REASON_UNSPECIFIED = 1,
	REASON_AUTH_EXPIRE = 2,
	REASON_AUTH_LEAVE = 3,
	REASON_ASSOC_EXPIRE = 4,
	REASON_ASSOC_TOOMANY = 5,
	REASON_NOT_AUTHED = 6,
	REASON_NOT_ASSOCED = 7,
	REASON_ASSOC_LEAVE = 8,
	REASON_ASSOC_NOT_AUTHED = 9,
	REASON_DISASSOC_PWRCAP_BAD = 10,
	REASON_DISASSOC_SUPCHAN_BAD = 11,
	REASON_IE_INVALID = 13,
	REASON_MIC_FAILURE = 14,
	REASON_4WAY_HANDSHAKE_TIMEOUT = 15,
	REASON_GROUP_KEY_UPDATE_TIMEOUT = 16,
	REASON_IE_IN_4WAY_DIFFERS = 17,
	REASON_GROUP_CIPHER_INVALID = 18,
	REASON_PAIRWISE_CIPHER_INVALID = 19,
	REASON_AKMP_INVALID = 20,
	REASON_UNSUPP_RSN_IE_VERSION = 21,
	REASON_INVALID_RSN_IE_CAP = 22,
	REASON_802_1X_AUTH_FAILED = 23,
	REASON_CIPHER_SUITE_REJECTED = 24,
	REASON_BEACON_TIMEOUT = 200,
	REASON_NO_AP_FOUND = 201,
	REASON_AUTH_FAIL = 202,
	REASON_ASSOC_FAIL = 203,
	REASON_HANDSHAKE_TIMEOUT = 204
};

typedef struct {
	uint8 ssid[32];
	uint8 ssid_len;
	uint8 bssid[6];
	uint8 channel;
} Event_StaMode_Connected_t;

typedef struct {
	uint8 ssid[32];
	uint8 ssid_len;
	uint8 bssid[6];
	uint8 reason;
} Event_StaMode_Disconnected_t;

typedef struct {
	uint8 old_mode;
	uint8 new_mode;
} Event_StaMode_AuthMode_Change_t;

typedef struct {
	struct ip_addr ip;
	struct ip_addr mask;
	struct ip_addr gw;
} Event_StaMode_Got_IP_t;

typedef struct {
	uint8 mac[6];
	uint8 aid;
} Event_SoftAPMode_StaConnected_t;

typedef struct {
	uint8 mac[6];
	uint8 aid;
} Event_SoftAPMode_StaDisconnected_t;

typedef struct {
	int rssi;
	uint8 mac[6];
} Event_SoftAPMode_ProbeReqRecved_t;

typedef struct {
	uint8 mac[6];
	struct ip_addr ip;
	uint8 aid;
} Event_SoftAPMode_Distribute_Sta_IP_t;

typedef struct {
	uint8 old_opmode;
	uint8 new_opmode;
} Event_OpMode_Change_t;

typedef union {
	Event_StaMode_Connected_t connected;
	Event_StaMode_Disconnected_t disconnected;
	Event_StaMode_AuthMode_Change_t auth_change;
	Event_StaMode_Got_IP_t got_ip;
	Event_SoftAPMode_StaConnected_t sta_connected;
	Event_SoftAPMode_StaDisconnected_t sta_disconnected;
	Event_SoftAPMode_ProbeReqRecved_t ap_probereqrecved;
	Event_SoftAPMode_Distribute_Sta_IP_t distribute_sta_ip;
	Event_OpMode_Change_t opmode_changed;
} Event_Info_u;

typedef struct _esp_event {
	uint32 event;
	Event_Info_u event_info;
} System_Event_t;
ESP_LAYOUT(System_Event_t, 44);
ESP_OFFSET(System_Event_t, event_info.connected.channel, 43);
ESP_OFFSET(System_Event_t, event_info.sta_connected.aid, 10);
ESP_OFFSET(System_Event_t, event_info.ap_probereqrecved.mac, 8);
ESP_OFFSET(System_Event_t, event_info.distribute_sta_ip.ip, 12);
ESP_OFFSET(System_Event_t, event_info.distribute_sta_ip.aid, 16);

typedef void (*wifi_event_handler_cb_t)(System_Event_t *event);

ESP_SDK void wifi_set_event_handler_cb(wifi_event_handler_cb_t cb);

#if EMU8266_SDK >= 20100
ESP_SDK void uart_div_modify(uint8 uart_no, uint32 div); /* baud rate: UART_CLK_FREQ / div */
#endif
ESP_SDK void system_uart_swap(void); /* UART0 to GPIO13 and GPIO15 */
ESP_SDK void system_uart_de_swap(void);
ESP_SDK void system_adc_read_fast(uint16 *to, uint16 count, uint8 clk_div);
ESP_SDK void wifi_status_led_install(uint8 gpio_id, uint32 gpio_name, uint8 gpio_func);
ESP_SDK void wifi_status_led_uninstall();
ESP_SDK void wifi_enable_gpio_wakeup(uint32 i, GPIO_INT_TYPE intr_status);
ESP_SDK void wifi_disable_gpio_wakeup(void);

/* What the firmware provides. Only user_init is mandatory here; SDK 3 wants user_pre_init, which registers the partitions,
 * older ones user_rf_cal_sector_set and user_rf_pre_init. */
void user_init(void);
#if EMU8266_SDK >= 30000
void user_pre_init(void);
#endif

/* Why the device booted. */
enum rst_reason {
	REASON_DEFAULT_RST = 0,
	REASON_WDT_RST,
	REASON_EXCEPTION_RST,
	REASON_SOFT_WDT_RST,
	REASON_SOFT_RESTART,
	REASON_DEEP_SLEEP_AWAKE,
	REASON_EXT_SYS_RST
};

struct rst_info {
	uint32 reason;
	uint32 exccause;
	uint32 epc1;
	uint32 epc2;
	uint32 epc3;
	uint32 excvaddr;
	uint32 depc;
};
ESP_LAYOUT(struct rst_info, 28);

ESP_SDK struct rst_info *system_get_rst_info(void);
ESP_SDK void system_restart(void);
ESP_SDK void system_restore(void);
ESP_SDK bool system_rtc_mem_read(uint8 block, void *dst, uint16 size);
ESP_SDK bool system_rtc_mem_write(uint8 block, const void *src, uint16 size);
ESP_SDK uint32 system_get_rtc_time(void);
ESP_SDK uint32 system_rtc_clock_cali_proc(void);
#if EMU8266_SDK >= 20100
ESP_SDK bool system_deep_sleep(uint64 time_in_us);
ESP_SDK bool system_deep_sleep_instant(uint64 time_in_us);
#else
ESP_SDK void system_deep_sleep(uint32 time_in_us);
#endif
ESP_SDK bool system_deep_sleep_set_option(uint8 option);
#define SYS_CPU_80MHZ 80
#define SYS_CPU_160MHZ 160
ESP_SDK bool system_update_cpu_freq(uint8 freq);
ESP_SDK uint8 system_get_cpu_freq(void);
ESP_SDK uint16 system_adc_read(void);
ESP_SDK uint16 system_get_vdd33(void);

/* Rates that a limit is for. */
#define RC_LIMIT_11B 0
#define RC_LIMIT_11G 1
#define RC_LIMIT_11N 2
#define RC_LIMIT_P2P_11G 3
#define RC_LIMIT_P2P_11N 4
#define RC_LIMIT_NUM 5

#define LIMIT_RATE_MASK_NONE 0
#define LIMIT_RATE_MASK_STA 1
#define LIMIT_RATE_MASK_AP 2
#define LIMIT_RATE_MASK_ALL 3

/* Rates by the numbers of wifi_set_user_sup_rate. */
enum support_rate {
	RATE_11B5M, RATE_11B11M, RATE_11B1M, RATE_11B2M, RATE_11G6M, RATE_11G12M, RATE_11G24M, RATE_11G48M, RATE_11G54M, RATE_11G9M,
	RATE_11G18M, RATE_11G36M
};

/* Those of wifi_set_user_rate_limit, for each RC_LIMIT. */
enum RATE_11B_ID { RATE_11B_B11M, RATE_11B_B5M, RATE_11B_B2M, RATE_11B_B1M };
enum RATE_11G_ID {
	RATE_11G_G54M, RATE_11G_G48M, RATE_11G_G36M, RATE_11G_G24M, RATE_11G_G18M, RATE_11G_G12M, RATE_11G_G9M, RATE_11G_G6M,
	RATE_11G_B5M, RATE_11G_B2M, RATE_11G_B1M
};
enum RATE_11N_ID {
	RATE_11N_MCS7S, RATE_11N_MCS7, RATE_11N_MCS6, RATE_11N_MCS5, RATE_11N_MCS4, RATE_11N_MCS3, RATE_11N_MCS2, RATE_11N_MCS1,
	RATE_11N_MCS0, RATE_11N_B5M, RATE_11N_B2M, RATE_11N_B1M
};

/* Frames that an element of the firmware's own goes into. */
enum { USER_IE_BEACON, USER_IE_PROBE_REQ, USER_IE_PROBE_RESP, USER_IE_ASSOC_REQ, USER_IE_ASSOC_RESP, USER_IE_MAX };

typedef void (*user_ie_manufacturer_recv_cb_t)(uint8 type, const uint8 sa[6], const uint8 m_oui[3], uint8 *ie, uint8 ie_len,
	int rssi);
typedef void (*rfid_locp_cb_t)(uint8 *frm, int len, int rssi);

/* Not in the emulator: a call ends the firmware with the function's name. */
int wifi_set_user_sup_rate(uint8 min, uint8 max);
bool wifi_set_user_rate_limit(uint8 mode, uint8 ifidx, uint8 max, uint8 min);
uint8 wifi_get_user_limit_rate_mask(void);
bool wifi_set_user_limit_rate_mask(uint8 enable_mask);
bool wifi_set_user_ie(bool enable, uint8 *m_oui, uint8 type, uint8 *user_ie, uint8 len);
int wifi_register_user_ie_manufacturer_recv_cb(user_ie_manufacturer_recv_cb_t cb);
void wifi_unregister_user_ie_manufacturer_recv_cb(void);
int wifi_rfid_locp_recv_open(void);
void wifi_rfid_locp_recv_close(void);
int wifi_register_rfid_locp_recv_cb(rfid_locp_cb_t cb);
void wifi_unregister_rfid_locp_recv_cb(void);
void wifi_enable_signaling_measurement(void);
void wifi_disable_signaling_measurement(void);
int wifi_station_set_cert_key(uint8 *client_cert, int client_cert_len, uint8 *private_key, int private_key_len,
	uint8 *private_key_passwd, int private_key_passwd_len);
void wifi_station_clear_cert_key(void);
int wifi_station_set_username(uint8 *username, int len);
void wifi_station_clear_username(void);

/* How far a is ahead of b, across an overflow of the counter, too. */
#define ESP_U32_DIFF(a, b) ((uint32)(a) - (uint32)(b))

#ifdef __cplusplus
}
#endif

#endif
