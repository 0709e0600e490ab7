/* System and Wi-Fi calls (sdk-surface.md, user_interface.h; layouts of SDK 3.0). Own text of espemu, MIT licence. */
#ifndef __USER_INTERFACE_H__
#define __USER_INTERFACE_H__

#include "c_types.h"
#include "gpio.h"
#include "ip_addr.h"
#include "os_type.h"
#include "spi_flash.h"
#if __has_include("user_config.h")
#include "user_config.h"
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
ESP_SDK void system_soft_wdt_stop(void);
ESP_SDK void system_soft_wdt_restart(void);
ESP_SDK void system_timer_reinit(void); /* before anything else in user_init; needed for os_timer_arm_us */
ESP_SDK void system_print_meminfo(void);
ESP_SDK void system_show_malloc(void);
uint64 system_mktime(uint32 year, uint32 month, uint32 day, uint32 hour, uint32 minute, uint32 second); /* linked into the firmware */

/* Upgrade over the air; upgrade.h has the rest. */
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
#if ESPEMU_SDK >= 20100 && ESPEMU_SDK < 30000
ESP_SDK void system_phy_freq_trace_enable(bool enable);
#endif

#if ESPEMU_SDK >= 30000
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
#if ESPEMU_SDK >= 20100
	FLASH_SIZE_32M_MAP_2048_2048,
	FLASH_SIZE_64M_MAP_1024_1024,
	FLASH_SIZE_128M_MAP_1024_1024
#endif
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
#if ESPEMU_SDK >= 30000
	uint8 channel;
#endif
	uint8 bssid_set; /* 0 unless bssid is wanted */
	uint8 bssid[6];
#if ESPEMU_SDK >= 20200
	wifi_fast_scan_threshold_t threshold;
#endif
#if ESPEMU_SDK >= 30000
	bool open_and_wep_mode_disable;
	bool all_channel_scan;
#endif
};
#if ESPEMU_SDK >= 30000
ESP_LAYOUT(struct station_config, 116);
ESP_OFFSET(struct station_config, bssid_set, 97);
#elif ESPEMU_SDK >= 20200
ESP_LAYOUT(struct station_config, 112);
ESP_OFFSET(struct station_config, bssid_set, 96);
#else
ESP_LAYOUT(struct station_config, 103);
#endif
#if ESPEMU_SDK >= 20200
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
	uint8 old_opmode;
	uint8 new_opmode;
} Event_OpMode_Change_t;

typedef union {
	Event_StaMode_Connected_t connected;
	Event_StaMode_Disconnected_t disconnected;
	Event_StaMode_AuthMode_Change_t auth_change;
	Event_StaMode_Got_IP_t got_ip;
	Event_OpMode_Change_t opmode_changed;
} Event_Info_u;

typedef struct _esp_event {
	uint32 event;
	Event_Info_u event_info;
} System_Event_t;
ESP_LAYOUT(System_Event_t, 44);
ESP_OFFSET(System_Event_t, event_info.connected.channel, 43);

typedef void (*wifi_event_handler_cb_t)(System_Event_t *event);

ESP_SDK void wifi_set_event_handler_cb(wifi_event_handler_cb_t cb);

#if ESPEMU_SDK >= 20100
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
#if ESPEMU_SDK >= 30000
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
#if ESPEMU_SDK >= 20100
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

#endif
