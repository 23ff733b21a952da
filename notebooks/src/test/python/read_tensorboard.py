"""Prints as JSON what TensorBoard makes of a log directory.

    python read_tensorboard.py LOG_DIRECTORY

`runs` has for each run, by tag, its scalars [step, value], images [step, width, height, PNG in base64] and texts
[step, text]; `sessions` the rows of the tab HParams; `yaml` the content of each hparams.yml.
"""

import base64
import json
import sys
from pathlib import Path

import yaml
from tensorboard import context
from tensorboard.backend.event_processing import data_provider, event_accumulator, plugin_event_multiplexer
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups


def run(directory):
    """What the directory's event files say, read by the class that scripts use."""
    events = event_accumulator.EventAccumulator(str(directory), size_guidance=dict.fromkeys(("scalars", "images", "tensors"), 0))
    events.Reload()
    tags = events.Tags()
    return {
        "scalars": {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]},
        "images": {
            tag: [[e.step, e.width, e.height, base64.b64encode(e.encoded_image_string).decode()] for e in events.Images(tag)]
            for tag in tags["images"]
        },
        "texts": {
            tag: [[e.step, e.tensor_proto.string_val[0].decode()] for e in events.Tensors(tag)] for tag in tags["tensors"]
        },
    }


def sessions(log_directory):
    """The rows of the tab HParams, by the code that answers the tab."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(log_directory))
    multiplexer.Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(log_directory))
    hparams = backend_context.Context(base_plugin.TBContext(data_provider=provider))
    request = api_pb2.ListSessionGroupsRequest(slice_size=100, allowed_statuses=list(api_pb2.Status.values()))
    groups = list_session_groups.Handler(context.RequestContext(), hparams, "", request).run().session_groups
    return [
        {
            "name": session.name,
            "status": api_pb2.Status.Name(session.status),
            "hparams": {name: value_of(value) for name, value in group.hparams.items()},
        }
        for group in groups
        for session in group.sessions
    ]


def value_of(value):
    """The value in a google.protobuf.Value."""
    return getattr(value, value.WhichOneof("kind"))


def main():
    log_directory = Path(sys.argv[1])
    directories = sorted({file.parent for file in log_directory.rglob("events.out.tfevents.*")})
    result = {
        "runs": {directory.relative_to(log_directory).as_posix(): run(directory) for directory in directories},
        "sessions": sessions(log_directory),
        "yaml": [yaml.safe_load(file.read_text()) for file in sorted(log_directory.rglob("hparams.yml"))],
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
