"""The map of the cluster: which swarm task lies on which node."""

from skep.operations.cluster_map import cluster_map
from tests.operations.fleet_play import FleetPlay


def test_every_wanted_swarm_task_lies_on_its_node_and_nodes_are_told_in_pages() -> None:
    play = FleetPlay()
    play.begin(workers=2)
    play.tick()
    seen = cluster_map(play.world, first=0, count=100)
    wanted = [task for service in play.world.swarm.read().services for task in service.tasks if task.is_wanted]
    assert wanted
    assert sum(len(column.boxes) for column in (*seen.columns, seen.unplaced)) == len(wanted)
    assert [column.hostname for column in seen.columns] == sorted(n.hostname for n in play.world.swarm.read_nodes())
    second = cluster_map(play.world, first=1, count=1)
    assert (second.total, second.columns) == (seen.total, seen.columns[1:2])
