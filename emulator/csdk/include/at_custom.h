/* The AT firmware's library, for commands of one's own. The emulator does not have it: calling one of these
 * functions ends the firmware with an exception that names it.
 * Own text of emu8266, MIT licence. */
#ifndef CUSTOM_AT_H_
#define CUSTOM_AT_H_

#include "c_types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
	char *at_cmdName;
	int8_t at_cmdLen;
	void (*at_testCmd)(uint8_t id);
	void (*at_queryCmd)(uint8_t id);
	void (*at_setupCmd)(uint8_t id, char *text);
	void (*at_exeCmd)(uint8_t id);
} at_funcationType;

typedef void (*at_custom_uart_rx_intr)(uint8 *data, int32 len);
typedef void (*at_custom_response_func_type)(const char *text);
typedef void (*at_fake_uart_tx_func_type)(const uint8 *data, uint32 length);

extern uint8_t at_customLinkMax;

void at_init(void);
void at_cmd_array_regist(at_funcationType *commands, uint32 n);
void at_response_ok(void);
void at_response_error(void);
void at_response(const char *text);
void at_register_response_func(at_custom_response_func_type func);
bool at_get_next_int_dec(char **from, int *result, int *error);
int32 at_data_str_copy(char *to, char **from, int32 most);
void at_port_print(const char *text);
/* Prints a literal that lies in flash. */
#define at_port_print_irom_str(str) \
	do { \
		static const uint8 at_irom_str[] ICACHE_RODATA_ATTR = str; \
		at_port_print((const char *)at_irom_str); \
	} while (0)
void at_set_custom_info(char *info);
void at_enter_special_state(void);
void at_leave_special_state(void);
uint32 at_get_version(void);
void at_register_uart_rx_intr(at_custom_uart_rx_intr func);
uint32 at_fake_uart_rx(uint8 *data, uint32 length);
bool at_fake_uart_enable(bool enable, at_fake_uart_tx_func_type func);
bool at_set_escape_character(uint8 c);
bool at_cmd_enable_wpa2_enterprise(void);
bool at_cmd_enable_smartconfig(void);

#ifdef __cplusplus
}
#endif

#endif
