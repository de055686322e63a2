"""Which column of a table says how many GPUs a job holds."""

from __future__ import annotations

import pytest

from sim.queue.logs import LogError


def test_a_column_of_gpus_is_taken_before_one_of_processors(read_text):
    for name in ("ngpus", "num_gpus_alloc"):
        assert read_text(f"id,submit,run,cores,{name}\n1,0,60,32,2\n").gpus.tolist() == [2]
    text = 'id,submit,run,cpus,ReqTRES\n1,0,60,32,"cpu=32,node=1,gres/gpu=2"\n'
    assert read_text(text).gpus.tolist() == [2]
    assert read_text("id,submit,run,gpu,num_gpus\n1,0,60,7,2\n").gpus.tolist() == [2]  # number 7 of the node


def test_processors_are_not_counted_beside_a_column_of_gpus(read_text):
    with pytest.raises(LogError, match=r"counts processors, and used_gpus is about GPUs; .*--column gpus=used_gpus\?"):
        read_text("id,submit,run,cores,used_gpus\n1,0,60,32,2\n")
    unreadable = 'id,submit,run,cpus,tres_alloc\n1,0,60,32,"1=32,1001=2"\n'
    with pytest.raises(LogError, match=r"tres_alloc is about GPUs; write --column gpus=NAME, or --column gpus=cpus if"):
        read_text(unreadable)
    assert read_text(unreadable, columns={"gpus": "cpus"}).gpus.tolist() == [32]
    assert read_text("id,submit,run,cores\n1,0,60,32\n").gpus.tolist() == [32]


def test_what_is_on_each_node_is_multiplied_by_the_nodes(read_text):
    assert read_text("id,submit,run,gres,nnodes\n1,0,60,gpu:4,3\n2,9,60,gpu:a100:2,1\n").gpus.tolist() == [12, 2]
    assert read_text("id,submit,run,TRES_PER_NODE,NODES\n1,0,60,gres:gpu:4,2\n").gpus.tolist() == [8]
    assert read_text("id,submit,run,gpus_per_node,nodes\n1,0,60,4,2\n").gpus.tolist() == [8]
    text = "id,submit,run,gres\n1,0,60,gpu:4\n"
    with pytest.raises(LogError, match=r"on each node: write --column gpus=gres\*nodes"):
        read_text(text)
    assert read_text(text, columns={"gpus": "gres"}).gpus.tolist() == [4]


def test_processors_are_never_proposed_for_gpus(read_text):
    with pytest.raises(LogError) as refused:
        read_text("id,submit,run,ncpus\n1,0,60,2\n")
    assert "gpus=ncpus" not in str(refused.value)
