/* The hardware timer FRC1 (sdk-surface.md, driver_lib). Own text of emu8266, MIT licence. */
#ifndef __hw_timer_H__
#define __hw_timer_H__

#include "ets_sys.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { DIVDED_BY_1 = 0, DIVDED_BY_16 = 4, DIVDED_BY_256 = 8 } time_predived_mode;
typedef enum { TM_LEVEL_INT = 1, TM_EDGE_INT = 0 } time_int_mode;
typedef enum { FRC1_SOURCE = 0, NMI_SOURCE = 1 } frc1_timer_source_type;

void hw_timer_init(frc1_timer_source_type source_type, uint8_t req); /* req: 1 repeats */
void hw_timer_set_func(void (*user_hw_timer_cb_set)(void));
void hw_timer_arm(uint32_t val); /* us: 10 to 0x7fffff, repeating 50 at least, as NMI 100 */

#ifdef __cplusplus
}
#endif

#endif
