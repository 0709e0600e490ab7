// Package fleet_test checks what the pages of this folder say.
package fleet_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// The Job is of a form that Kubernetes takes, has a pod for each shard, and names its target twice, as the command wants it. The
// command's own tests run shards as processes (cmd/emu8266/testdata/mosquitto/fleet.txtar).
func TestJobRunsEachShard(t *testing.T) {
	b, err := os.ReadFile("job.yaml")
	require.NoError(t, err)
	var job struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Spec       struct {
			CompletionMode       string `yaml:"completionMode"`
			Completions          int
			Parallelism          int
			BackoffLimitPerIndex *int `yaml:"backoffLimitPerIndex"`
			Template             struct {
				Spec struct {
					RestartPolicy string `yaml:"restartPolicy"`
					Containers    []struct {
						Args         []string
						VolumeMounts []struct {
							Name      string
							MountPath string `yaml:"mountPath"`
						} `yaml:"volumeMounts"`
					}
					Volumes []struct{ Name string }
				}
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(b, &job))
	assert.Equal(t, "batch/v1 Job", job.APIVersion+" "+job.Kind)
	assert.Equal(t, "Indexed", job.Spec.CompletionMode)
	assert.Equal(t, 10, job.Spec.Completions)
	assert.Equal(t, 10, job.Spec.Parallelism, "all at the same time: the ramp is the whole fleet's")
	require.NotNil(t, job.Spec.BackoffLimitPerIndex)
	assert.Zero(t, *job.Spec.BackoffLimitPerIndex)
	pod := job.Spec.Template.Spec
	assert.Equal(t, "Never", pod.RestartPolicy, "which the limit per index wants")
	require.Len(t, pod.Containers, 1)
	c := pod.Containers[0]
	assert.Contains(t, c.Args, "--shard=10")
	assert.Contains(t, c.Args, "--against=1883=broker.test.svc:1883")
	assert.Contains(t, c.Args, "--allow=broker.test.svc:1883")
	assert.True(t, slices.Contains(c.Args, "--json") && slices.Contains(c.Args, "--quiet"), "stdout is the result and stderr is silent")
	require.Len(t, c.VolumeMounts, 1)
	require.Len(t, pod.Volumes, 1)
	assert.Equal(t, pod.Volumes[0].Name, c.VolumeMounts[0].Name)
	assert.True(t, strings.HasPrefix(c.Args[1], c.VolumeMounts[0].MountPath+"/"), "the firmware lies in the volume")
}
