"""The disarmer of Office Open XML documents: texts, workbooks and presentations."""

from sanitizers.disarming.interface import Disarmer
from sanitizers.disarming.office.measuring import measure
from sanitizers.disarming.office.rebuilding import disarm
from sanitizers.disarming.office.walking import walk

DISARMER = Disarmer(disarm=disarm, measure=measure, walk=walk)
