/* GPIO16, which belongs to the RTC (sdk-surface.md, driver_lib). Own text of emu8266, MIT licence. */
#ifndef __GPIO16_H__
#define __GPIO16_H__

#include "ets_sys.h"

#ifdef __cplusplus
extern "C" {
#endif

void gpio16_output_conf(void);
void gpio16_output_set(uint8_t value);
void gpio16_input_conf(void);
uint8_t gpio16_input_get(void);

#ifdef __cplusplus
}
#endif

#endif
